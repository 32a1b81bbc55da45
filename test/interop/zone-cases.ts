/**
 * Zones, good and broken, for comparing our reading with that of BIND, Knot and NSD. Each case is a whole file for
 * example.org, or lines behind a plain top. `refused` is BIND's verdict, and so ours.
 */
export interface ZoneCase {
  readonly title: string;
  readonly text: string;
  readonly refused: boolean;
  /** Why our verdict is not BIND's, where that is meant. */
  readonly differs?: string;
  /** Why Knot or NSD refuse what BIND accepts. */
  readonly knotRefuses?: string;
  readonly nsdRefuses?: string;
  /** Files that the zone includes, by name. */
  readonly included?: Readonly<Record<string, string>>;
}

const top = `$TTL 300
@ SOA ns hostmaster 2026010101 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
`;

export function good(title: string, lines: string, more: Partial<ZoneCase> = {}): ZoneCase {
  return { title, text: `${top}${lines}\n`, refused: false, ...more };
}

export function bad(title: string, lines: string, more: Partial<ZoneCase> = {}): ZoneCase {
  return { title, text: `${top}${lines}\n`, refused: true, ...more };
}

const goodText: readonly ZoneCase[] = [
  good("plain addresses", "a A 192.0.2.1\nb AAAA 2001:db8::1"),
  good("blank owners and tabs", "a\tA\t192.0.2.1\n\tA\t192.0.2.2\n \tTXT\tx"),
  good(
    "class and TTL in either order",
    "a 60 IN A 192.0.2.1\nb IN 60 A 192.0.2.1\nc in 1h30m a 192.0.2.1\nd IN A 192.0.2.9",
  ),
  good("TTL units", "$TTL 1w2d3h4m5s\na A 192.0.2.1\nb 1M A 192.0.2.1"),
  good("parentheses and comments", "a TXT ( one ; first\n  two ) ; last\n( b A 192.0.2.1\n)\nc A ( 192.0.2.2 )"),
  good("quoted strings and escapes", 'a TXT "a;b (c) \\"d\\" \\\\ \\065" plain\\;word "" '),
  good("escapes in names", "a\\.b A 192.0.2.1\n\\097bc A 192.0.2.2\nc\\032d TXT x\n\\@ TXT x\n\\$x TXT x"),
  good(
    "relative names under $ORIGIN",
    "$ORIGIN sub\na A 192.0.2.1\n@ A 192.0.2.2\n$ORIGIN .\nb.example.org A 192.0.2.3",
  ),
  good("@ as data", "www CNAME @\nmx MX 10 ns"),
  good("lower and upper case kept", "WwW A 192.0.2.1\nwWw A 192.0.2.2\nalias CNAME WWW"),
  good("duplicates vanish", "a A 192.0.2.1\na A 192.0.2.1\nb MX 1 ns\nb MX 1 NS\nc A 192.0.2.2"),
  good("an equal CNAME twice", "a CNAME ns\na CNAME ns"),
  good("differing TTLs in one run", "a 10 A 192.0.2.1\na 20 A 192.0.2.2"),
  good("differing TTLs in several runs", "a 10 A 192.0.2.1\nb A 192.0.2.1\na 20 A 192.0.2.2"),
  good("data outside the zone is ignored", "a.example.net. A 192.0.2.1\n A 192.0.2.2\nb A 192.0.2.3"),
  good("a TTL above 31 bits counts as 0", "a 3000000000 A 192.0.2.1"),
  { title: "no $TTL: the SOA's minimum", text: "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n", refused: false },
  {
    title: "no $TTL: the last TTL",
    text: "@ 30 SOA ns h 1 2 3 4 5\n@ NS ns\nns 20 A 192.0.2.1\na A 192.0.2.2\n",
    refused: false,
  },
  { title: "no newline at the end", text: `${top}a A 192.0.2.1`, refused: false },
  { title: "CR LF lines", text: `${top}a A 192.0.2.1\nb TXT "x"\n`.replaceAll("\n", "\r\n"), refused: false },
  good("SOA in parentheses with units elsewhere", "a TXT (\n\n;x\n y\n)"),
  good("$INCLUDE", "$INCLUDE more.zone\n$INCLUDE more.zone sub\nz A 192.0.2.9", {
    included: { "more.zone": "inc A 192.0.2.7\n$ORIGIN deep\nx A 192.0.2.8\n" },
  }),
];

const goodTypes: readonly ZoneCase[] = [
  good("CNAME DNAME PTR", "a CNAME b.example.net.\nd DNAME example.net.\np PTR ns"),
  good("SRV and MX without service", "_s._tcp SRV 0 0 0 .\nm MX 0 ."),
  good("SRV NAPTR", '_s._tcp SRV 1 2 443 ns\nn NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .'),
  good("CAA", 'a CAA 0 issue "ca.example.net; account=1"\na CAA 128 iodef "mailto:x@example.org"'),
  good(
    "SVCB and HTTPS",
    'a HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1\n' +
      "_x SVCB 16 ns mandatory=port,alpn alpn=h2 port=53 key65333=abc\nb HTTPS 0 a",
  ),
  good("HTTPS with ech and no-default-alpn", "a HTTPS 1 . alpn=h3 no-default-alpn ech=AEX+DQBB"),
  good(
    "DS and delegation with glue",
    `sub NS ns.sub\nns.sub A 192.0.2.5\nsub DS 1 8 2 (${"0123456789abcdef ".repeat(4)})`,
  ),
  good("TLSA SSHFP", `_443._tcp TLSA 3 1 1 ${"ab".repeat(32)}\nh SSHFP 4 2 ${"cd".repeat(32)}`),
  good(
    "HINFO RP AFSDB LOC",
    'h HINFO "PC" Linux\nh RP admin txt\nh AFSDB 1 ns\nh LOC 52 14 05.123 N 00 08 50 E 10m 20m 2000m 20m',
  ),
  good("NAPTR with flags and escapes", 'n NAPTR 1 1 "u" "E2U" "!a!b!ii" .\nn NAPTR 1 2 "u" "E2U" "/a\\\\/b/c/" .'),
  good(
    "NAPTR with an expression of every kind",
    'n NAPTR 1 1 u E2U "!^(a|[]a-c])){1,2}()a{}[^[:alpha:]-z]*$!sip:\\\\1@b\\\\!!i" .\nn NAPTR 1 2 u E2U "(a\\\\(b{x}]}(c(" .',
  ),
  good("URI", 'u URI 10 1 "https://example.org/"'),
  good("EUI48 OPENPGPKEY", "e EUI48 00-00-5e-00-53-2a\ne EUI64 00-00-5e-ef-10-00-00-2a\no OPENPGPKEY AQIDBA=="),
  good(
    "DNSKEY in base64 pieces",
    "k DNSKEY 256 3 13 ( AQIDBAUG BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8w MTIzNDU2Nzg5Ojs8PT4/QA== )",
  ),
  good(
    "algorithms by name",
    `k DNSKEY 256 3 RSASHA256 AQID\nsub NS ns\nsub DS 1 ecdsap256sha256 2 ${"ab".repeat(32)}\n` +
      "c CERT PKIX 1 PRIVATEOID AQID\nc CERT URI 0 NSEC3RSASHA1 AQID",
  ),
  good("CERT KEY", "c CERT PGP 0 0 AQID\nc CERT 9 65535 255 ( AQ\n ID )\nk KEY 256 3 13 AQID"),
  good("KEY that says there is none", "k KEY 49152 3 13", {
    knotRefuses: "it wants a key always",
    nsdRefuses: "it wants a key always",
  }),
  good(
    "IPSECKEY",
    "i IPSECKEY 10 0 2 . AQID\ni IPSECKEY 10 1 2 192.0.2.1 AQID\ni IPSECKEY 10 2 255 2001:db8::1 AQ ID\ni IPSECKEY 10 3 2 gw AQID",
  ),
  good(
    "NID L32 L64 LP",
    "n NID 10 14:4fff:0:1\nn L32 10 10.1.2.0\nn L64 10 2001:0DB8:1140:1000\nl LP 10 n\nl LP 20 n.example.net.",
  ),
  good("APL", "a APL 1:192.0.2.1/24 !2:2001:db8::/32 1:0.0.0.0/0 2:ff00::/008\nb APL"),
  good("CSYNC ZONEMD", `@ CSYNC 66 3 A NS AAAA\n@ ZONEMD 2026010101 1 1 ${"ab".repeat(48)}`),
  good("SMIMEA", "s SMIMEA 3 0 0 abcd"),
  good("HIP", "h HIP ( 2 200100107B1A74DF365639CC39F1D578 AQID rvs1 rvs2.example.net. )\nh HIP 2 2001 AQID", {
    knotRefuses: "it does not know the type",
    nsdRefuses: "it does not know the type",
  }),
  good("PX", "p PX 10 b c", { knotRefuses: "it does not know the type" }),
  good("RESINFO WALLET", "r RESINFO qnamemin exterr=15,16\nw WALLET ETH 0x1", {
    knotRefuses: "it does not know the types",
    nsdRefuses: "it does not know the types",
  }),
  good("unknown types", "a TYPE65280 \\# 4 01020304\nb TYPE65281 \\# 0\nc TYPE1 \\# 4 C0000201\nd A \\# 4 C0000202"),
  good("wildcards", "* A 192.0.2.1\n*.w TXT x\na.*.v A 192.0.2.2"),
  good("long TXT", `t TXT "${"x".repeat(255)}" "${"y".repeat(255)}"`),
  good("TXT with raw octets", 't TXT "\\195\\169 \\000 \\255"'),
];

const goodGenerate: readonly ZoneCase[] = [
  good("$GENERATE of addresses", "$GENERATE 1-5 host$ A 192.0.2.$\n$GENERATE 0-10/5 s$ 60 IN A 192.0.2.1"),
  good(
    "$GENERATE with modifiers",
    "$GENERATE 1-3 h${0,3,d} CNAME t${10,0,x}\n$GENERATE 10-12 x${-3} TXT v${0,4,X}${0,2,o}",
  ),
  good("$GENERATE with nibbles", "$GENERATE 30-33 ${0,5,n}.r PTR h$.example.net."),
  good("$GENERATE with quoted data", '$GENERATE 1-2 m$ MX "10 mail$.example.net."'),
];

const goodWithWarnings: readonly ZoneCase[] = [
  good("owner is no host name", "a_b A 192.0.2.1"),
  good("MX points to an address", "@ MX 10 192.0.2.1"),
  good("MX points to a CNAME", "@ MX 10 m\nm CNAME ns"),
  good("MX without address", "@ MX 10 m"),
  good("SRV points to a CNAME", "_s._tcp SRV 1 2 3 m\nm CNAME ns"),
  good("missing glue", "sub NS ns.sub", { knotRefuses: "glue is required" }),
  good("delegation to a CNAME", "sub NS c\nc CNAME ns", { knotRefuses: "no address in the zone" }),
  good("records below a DNAME", "a DNAME b\nx.a A 192.0.2.1", {
    knotRefuses: "RFC 6672, 2.4",
    nsdRefuses: "RFC 6672, 2.4",
  }),
  good("DNAME beside NS", "a DNAME b\na NS ns", { knotRefuses: "RFC 6672, 2.3" }),
];

const badRecords: readonly ZoneCase[] = [
  bad("IPv4 out of range", "a A 192.0.2.256"),
  bad("IPv4 with a leading zero", "a A 192.0.2.01"),
  bad("IPv6 with two gaps", "a AAAA 2001::db8::1"),
  bad("a mistyped type", "a AAA 192.0.2.1"),
  bad("no type", "a 300 IN"),
  bad("another class", "a CH A 192.0.2.1"),
  bad("a type that only asks", "a ANY \\# 0"),
  bad("missing data", "a MX 10"),
  bad("too much data", "a A 192.0.2.1 192.0.2.2"),
  bad("a number too large", "a MX 65536 ns"),
  bad("an open parenthesis", "a TXT ( x"),
  bad("a closing parenthesis too many", "a TXT x )\nb A 192.0.2.1"),
  bad("an open quote", 'a TXT "x\nb A 192.0.2.1'),
  bad("a character string too long", `a TXT "${"x".repeat(256)}"`),
  bad("a label too long", `${"x".repeat(64)} A 192.0.2.1`),
  bad("a name too long", `${"x".repeat(60)}.${"y".repeat(60)}.${"z".repeat(60)}.${"w".repeat(60)} A 192.0.2.1`),
  bad("an empty label", "a..b A 192.0.2.1"),
  bad("a bad escape", "a\\999 A 192.0.2.1"),
  bad("an unknown directive", "$ORIGINS x\na A 192.0.2.1"),
  bad("a bad $TTL", "$TTL soon\na A 192.0.2.1"),
  bad("a missing include", "$INCLUDE nowhere.zone"),
  bad("a bad $GENERATE range", "$GENERATE 5-1 a$ A 192.0.2.$"),
  bad("a bad $GENERATE modifier", "$GENERATE 1-2 a${x} A 192.0.2.$"),
  bad("generic data of a wrong length", "a TYPE65280 \\# 5 01020304"),
  bad("generic data that does not fit the type", "a A \\# 3 010203"),
  bad("SVCB parameter twice", "a HTTPS 1 . port=1 port=2"),
  bad("SVCB mandatory missing", "a HTTPS 1 . mandatory=port"),
  bad("DS digest of a wrong length", "sub NS ns\nsub DS 1 8 2 0123"),
];

const badMeaning: readonly ZoneCase[] = [
  { title: "no SOA", text: "$TTL 300\n@ NS ns\nns A 192.0.2.1\n", refused: true },
  { title: "no NS", text: "$TTL 300\n@ SOA ns h 1 2 3 4 5\n", refused: true },
  { title: "an empty file", text: "", refused: true },
  { title: "no TTL before the SOA", text: "@ NS ns\n@ SOA ns h 1 2 3 4 5\nns A 192.0.2.1\n", refused: true },
  { title: "no owner", text: "$TTL 1\n A 192.0.2.1\n", refused: true },
  { title: "NS without address", text: "$TTL 1\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n", refused: true },
  { title: "NS is a CNAME", text: "$TTL 1\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns CNAME x\nx A 192.0.2.1\n", refused: true },
  { title: "NS is an address", text: "$TTL 1\n@ SOA ns h 1 2 3 4 5\n@ NS 192.0.2.1\n", refused: true },
  bad("two SOA", "@ SOA ns hostmaster 2 2 3 4 5"),
  bad("SOA below the top", "x SOA ns hostmaster 1 2 3 4 5"),
  bad("CNAME and other data", "a CNAME b\na A 192.0.2.1"),
  bad("other data and CNAME", "a TXT x\na CNAME b"),
  bad("CNAME at the top", "@ CNAME b"),
  bad("two CNAME", "a CNAME b\na CNAME c"),
  bad("two DNAME", "a DNAME b\na DNAME c"),
  bad("DNAME beside CNAME", "a DNAME b\na CNAME c"),
  bad("DNAME at the top above its nameserver", "@ DNAME example.net."),
  bad("NS at a wildcard", "*.x NS ns"),
];

export const zoneCases: readonly ZoneCase[] = [
  ...goodText,
  ...goodTypes,
  ...goodGenerate,
  ...goodWithWarnings,
  ...badRecords,
  ...badMeaning,
];
