/**
 * Every limit of the loader, by name. A configuration is read inside the running controller on reload, so a text that
 * would take the controller's time or memory is refused early and with the limit's value in the sentence.
 */

/** Characters of one configuration; 10,000 members with weights take about 0.5 million. */
export const textCharsMax = 4_194_304;
/** Characters of one line: some malformed lines take the YAML parser time with the square of their length. */
export const lineCharsMax = 65_536;
/** Maps and lists inside each other; the deepest useful path has seven. */
export const depthMax = 32;
/** Values after every alias has been put in place, which is what an alias bomb multiplies. */
export const valuesMax = 1_000_000;
/** Uses of anchors. */
export const aliasesMax = 1_000;
/** Problems that are listed; the rest is counted. */
export const problemsMax = 100;
/** Warnings that are listed; the rest is counted. */
export const warningsMax = 100;
/** Members of all pools together. */
export const membersMax = 50_000;
/** Members of one pool: more addresses than this do not fit into a DNS answer over TCP. */
export const poolMembersMax = 2_000;
/** A TTL above this gets a warning, since it sets how slow failover is. */
export const ttlWarningSeconds = 900;
/** An API token shorter than this is refused: it could be guessed. */
export const tokenCharsMin = 16;
/** Characters of a regular expression for a body. */
export const patternCharsMax = 500;
/** What counted repetitions within each other may multiply to. */
export const patternCountsMax = 300;
/** TSIG keys of a configuration. */
export const keysMax = 256;
/** A TSIG secret of fewer octets is refused: it could be guessed. */
export const secretOctetsMin = 16;
/** Servers in one list: secondaries, primaries, or those that get updates. */
export const peersMax = 64;
/** Places where one zone goes. */
export const publishersMax = 16;
/** Entries of other lists: permissions, names, aliases. */
export const entriesMax = 256;
/** Probes in one list of `all`, `any` or `at-least`. */
export const compositeListMax = 32;
/** Such lists inside each other. */
export const compositeDepthMax = 4;
/** Probes that one check is made of, counted without the lists. */
export const compositeProbesMax = 64;
/** Octets of a datagram that a probe sends: what IPv6 carries everywhere in one piece. */
export const datagramOctetsMax = 1_232;
/** Origins that a freshness probe tries in turn. */
export const originsMax = 8;
/** Characters of a text that a member answers with. */
export const memberTextCharsMax = 4_096;
/** Vantage points besides the controller. */
export const watchersMax = 16;
/** Ways to people. */
export const channelsMax = 32;
/** Machines with an agent. */
export const agentsMax = 256;
/** What one agent proves, whom it reaches, and addresses that it has. */
export const agentProofsMax = 32;
export const agentMountsMax = 32;
