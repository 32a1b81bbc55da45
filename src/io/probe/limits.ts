/**
 * Every limit of the probes, by name. A target may be hostile: it can stream for ever, send one byte a second, or
 * close whatever is opened. What it can cost is bounded here in memory, and by the probe's own timeout in time.
 */

/** The one buffer that all connections of a prober read into; a usual answer arrives in one piece. */
export const readBytesMax = 65_536;
/** Status line and headers of one answer, interim answers included. */
export const headBytesMax = 16_384;
/** Header lines of one answer. */
export const headerLinesMax = 128;
/** 1xx answers before the final one (RFC 9110, 15.2). */
export const interimAnswersMax = 8;
/** One chunk-size line with its extensions, or one trailer line (RFC 9112, 7.1). */
export const chunkLineBytesMax = 1_024;
/** Trailer lines of a chunked body. */
export const trailerLinesMax = 64;
/** One answer of a protocol of lines, such as the list of what a mail server offers. */
export const dialogueBytesMax = 16_384;
/** One answer of a database, all of its packets together. */
export const packetBytesMax = 65_536;
/** A pattern over a body: how long it may take, and how many steps are sure to take less. */
export const patternMsMax = 50;
export const patternStepsFree = 1_000_000;
/** Rounds of a password's hash that a server may ask for (RFC 5802, `i`): each round costs time on the main thread. */
export const passwordRoundsMax = 100_000;
/** Writes of probes that wait in a database server, for space on its disk, before no more are begun. */
export const waitingWritesMax = 4;
/** How long a server may take to answer a goodbye, after the verdict. */
export const leaveMsMax = 500;
/** Unasked bytes that an idle connection may carry before it is dropped (a banner, a keep-alive of some protocol). */
export const idleBytesMax = 4_096;

/** An origin's timestamp document is kept for this share of the interval, and for this long at least. */
export const originKeptShare = 0.5;
export const originKeptMsMin = 1_000;
/** While an origin takes longer than a probe may, what it said so many intervals ago still counts. */
export const originRecallIntervals = 3;
/** How long one address of an origin may take to answer. */
export const originMsMax = 10_000;
/** Addresses of one origin that are tried. */
export const originAddressesMax = 4;

/** Granularity of probe timeouts. */
export const deadlineTickMs = 5;
/** Slots of the wheel of timeouts; one turn takes `deadlineTickMs` times as long. */
export const deadlineSlots = 512;
/**
 * A sweep counts at most this much time. When the whole process was stopped or busy for longer, the rest is its own
 * fault, and no member loses its time to answer by it.
 */
export const stallMsMax = 50;
/** The sweep stops after so long without probes. */
export const deadlineIdleMs = 1_000;

/** An idle connection that lived at least so long was closed for a reason; a shorter one counts as impatience. */
export const idleLifeMsMin = 30_000;
/** Wait before another connection is kept after an impatient close; doubles with each in a row. */
export const keepAgainMsMin = 1_000;
export const keepAgainMsMax = 300_000;

/** The banner of an SSH server, and lines that it may send before (RFC 4253, 4.2). */
export const sshBytesMax = 8_192;

/** Programs (exec, ping) that run at once; others wait for their turn within their own timeout. */
export const programsRunningMax = 32;
/** Programs that wait for their turn; one more is not begun. */
export const programsWaitingMax = 10_000;
/** What is kept of a program's output. */
export const outputBytesMax = 4_096;
/** A program that prints more is ended: it will not come to a point. */
export const outputFloodBytesMax = 1_048_576;
/** How long the output may take to end after its program has, when something else still holds it open. */
export const outputGraceMs = 100;
/** How long closing waits for programs that were killed. */
export const programsCloseMsMax = 1_000;
/** Characters of a program's first line that become the detail. */
export const detailCharsMax = 200;

/** Characters of a member's own words that are quoted in a reason. */
export const quoteCharsMax = 60;
