/** A zone with one of everything that answers differ over, and the questions about it. */

export const answerOrigin = "example.org.";

export const answerZone = `$ORIGIN example.org.
$TTL 300
@            SOA   ns1 hostmaster 7 3600 600 86400 60
@            NS    ns1
@            NS    ns2
@            MX    10 mail
@            TXT   "the apex"
@            CAA   0 issue "ca.example.net"
ns1          A     192.0.2.1
ns1          AAAA  2001:db8::1
ns2          A     192.0.2.2
mail         A     192.0.2.25
www          A     192.0.2.10
www          A     192.0.2.11
www          AAAA  2001:db8::10
Mixed.Case   A     192.0.2.12
alias        CNAME www
alias2       CNAME alias
outside      CNAME www.example.net.
dangling     CNAME nowhere
loop1        CNAME loop2
loop2        CNAME loop1
self         CNAME self
to-wild      CNAME abc.wild
to-cut       CNAME host.sub
to-dname     CNAME www.old
a.b.c.ent    TXT   "below empty names"
*.wild       A     192.0.2.20
*.wild       MX    10 mail
own.wild     TXT   "exists, so no wildcard"
x.deep.wild  TXT   "blocks the wildcard below deep"
*.wc         CNAME www
*.wcout      CNAME www.example.net.
sub          NS    ns.sub
sub          NS    ns.example.net.
sub          DS    12345 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub       A     192.0.2.30
deep.ns.sub  A     192.0.2.31
lame         NS    ns.other.example.net.
old          DNAME new
old          TXT   "the owner of a DNAME"
www.new      A     192.0.2.40
far          DNAME example.net.
long         DNAME ${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.
_sip._udp    SRV   10 5 5060 sip
_sip._udp    SRV   20 5 5060 sip.example.net.
sip          A     192.0.2.50
svc          HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.60
svc          SVCB  0 www
ptr          PTR   www
naptr        NAPTR 100 10 "S" "SIP+D2U" "" _sip._udp
keys         CERT  1 1 8 AQID
keys         KEY   256 3 13 AQID
keys         IPSECKEY 10 1 2 192.0.2.1 AQID
keys         IPSECKEY 10 3 2 www.example.org. AQID
keys         APL   1:192.0.2.0/24 !2:2001:db8::/32
node         L32   10 192.0.2.0
node         NID   10 0014:4fff:0000:0001
node         L64   10 2001:0db8:1140:1000
odd          TYPE65280 \\# 4 01020304
big          TXT   "${"1".repeat(250)}" "${"2".repeat(250)}" "${"3".repeat(250)}"
big          A     192.0.2.70
huge         TXT   ${Array.from({ length: 8 }, (_, at) => `"${String(at).repeat(250)}"`).join(" ")}
`;

const longLabel = "d".repeat(60);

/** Name and type, as dig takes them. */
export const answerQuestions: readonly (readonly [string, string])[] = [
  ["example.org", "SOA"],
  ["example.org", "NS"],
  ["example.org", "MX"],
  ["example.org", "TXT"],
  ["example.org", "CAA"],
  ["example.org", "A"],
  ["example.org", "DS"],
  ["eXaMpLe.OrG", "SOA"],
  ["www.example.org", "A"],
  ["www.example.org", "AAAA"],
  ["www.example.org", "TXT"],
  ["WWW.EXAMPLE.ORG", "A"],
  ["mixed.case.example.org", "A"],
  ["case.example.org", "A"],
  ["nothing.example.org", "A"],
  ["below.www.example.org", "A"],
  ["alias.example.org", "A"],
  ["alias.example.org", "CNAME"],
  ["alias.example.org", "MX"],
  ["alias2.example.org", "AAAA"],
  ["outside.example.org", "A"],
  ["dangling.example.org", "A"],
  ["loop1.example.org", "A"],
  ["self.example.org", "A"],
  ["to-wild.example.org", "A"],
  ["to-cut.example.org", "A"],
  ["to-dname.example.org", "A"],
  ["ent.example.org", "A"],
  ["c.ent.example.org", "TXT"],
  ["a.b.c.ent.example.org", "TXT"],
  ["z.b.c.ent.example.org", "TXT"],
  ["wild.example.org", "A"],
  ["abc.wild.example.org", "A"],
  ["ABC.wild.example.org", "MX"],
  ["a.b.wild.example.org", "A"],
  ["abc.wild.example.org", "TXT"],
  ["*.wild.example.org", "A"],
  ["own.wild.example.org", "A"],
  ["below.own.wild.example.org", "A"],
  ["deep.wild.example.org", "A"],
  ["y.deep.wild.example.org", "A"],
  ["abc.wc.example.org", "A"],
  ["abc.wc.example.org", "CNAME"],
  ["abc.wcout.example.org", "A"],
  ["sub.example.org", "NS"],
  ["sub.example.org", "A"],
  ["sub.example.org", "DS"],
  ["sub.example.org", "SOA"],
  ["host.sub.example.org", "A"],
  ["host.sub.example.org", "DS"],
  ["ns.sub.example.org", "A"],
  ["deep.ns.sub.example.org", "A"],
  ["lame.example.org", "A"],
  ["lame.example.org", "DS"],
  ["old.example.org", "DNAME"],
  ["old.example.org", "TXT"],
  ["old.example.org", "A"],
  ["www.old.example.org", "A"],
  ["www.old.example.org", "CNAME"],
  ["none.old.example.org", "A"],
  ["www.far.example.org", "A"],
  [`${longLabel}.${longLabel}.long.example.org`, "A"],
  ["_sip._udp.example.org", "SRV"],
  ["_udp.example.org", "SRV"],
  ["svc.example.org", "HTTPS"],
  ["svc.example.org", "SVCB"],
  ["ptr.example.org", "PTR"],
  ["naptr.example.org", "NAPTR"],
  ["keys.example.org", "CERT"],
  ["keys.example.org", "KEY"],
  ["keys.example.org", "IPSECKEY"],
  ["keys.example.org", "APL"],
  ["node.example.org", "NID"],
  ["node.example.org", "L32"],
  ["node.example.org", "L64"],
  ["odd.example.org", "TYPE65280"],
  ["odd.example.org", "TYPE65281"],
  ["big.example.org", "TXT"],
  ["huge.example.org", "TXT"],
  ["www.example.net", "A"],
  ["org", "NS"],
  [".", "NS"],
];
