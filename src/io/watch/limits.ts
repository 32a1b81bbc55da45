/** Every limit of the connections between controller, watchers and agents. */

/** Protocol version; both sides refuse another. */
export const protocolVersion = 1;
/** Octets of one message. */
export const messageOctetsMax = 1_048_576;
/** Octets of a message from somebody who is not enrolled yet. */
export const strangerOctetsMax = 4_096;
/** Targets or words in one message. */
export const entriesPerMessage = 200;
/** Checks, links, mounts and others in the report of one agent, and characters of a path. */
export const agentEntriesMax = 64;
export const agentPathCharsMax = 1_024;
/** Octets of a message of an agent: a full report has about a third of it. */
export const agentOctetsMax = 262_144;
/** Characters of a reason. */
export const reasonCharsMax = 300;
/** Messages that a watcher may send in a second, and at once. */
export const messagesPerSecond = 200;
export const messagesBurst = 1_000;
/** Connections at the same time, and from one address. */
export const connectionsMax = 512;
export const connectionsPerAddressMax = 32;
/** How long a handshake, a message that has begun, and a stranger's only message may take, over a line that is far and bad. */
export const patienceMs = 10_000;
/** A connection without any message for so long is cut. */
export const silenceMs = 10_000;
/**
 * A report that is not answered for so long is said anew over a new connection. TCP doubles its wait with each packet that is
 * lost: after some of them a new connection is quicker, and of one whose other end is gone it says nothing for minutes.
 */
export const unansweredMsMax = 6_000;
export const unansweredMsMin = 2_000;
/** Octets that wait for somebody who does not read. */
export const unsentOctetsMax = 16_777_216;
/** Reconnecting: the first pause, which doubles, and the longest; silence counts. */
export const pauseMsMin = 200;
export const pauseMsMax = 4_000;
/** How long a token may be used. */
export const tokenMs = 3_600_000;
/** How long a watcher's certificate is valid; it is renewed after half of that. */
export const certificateMsDefault = 7 * 86_400_000;
/** How long the authority is. */
export const authorityMs = 20 * 365 * 86_400_000;
/** Certificates are valid from so long ago, for clocks that differ. */
export const clockSlackMs = 3_600_000;
/** The same refusal is told at most so often. */
export const tellRefusalMs = 60_000;
