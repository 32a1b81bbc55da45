import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textName } from "../name.ts";
import { hexText } from "../octets.ts";
import { rrType, typeMnemonics, typeNumber } from "../rr-types.ts";
import { canonicalRdata, isWellFormed, parseRdataText, rdataNames, rdataText, rdataType, sameRdata } from "./index.ts";
import { readSoa, replaceSoaSerial, type Soa, soaRdata } from "./soa.ts";

const origin = textName("example.org.");

function wire(type: string, text: string): Uint8Array {
  const parsed = parseRdataText(typeNumber(type) ?? 0, text, origin);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Type, text as it is written back, wire. */
const exact: readonly (readonly [type: string, text: string, hex: string])[] = [
  ["A", "192.0.2.1", "C0000201"],
  ["AAAA", "2001:db8::1", "20010DB8000000000000000000000001"],
  ["NS", "ns.example.org.", "026E73076578616D706C65036F726700"],
  ["MX", "10 a.", "000A016100"],
  ["TXT", '"ab" "c\\"\\\\\\255"', "0261620463225CFF"],
  ["SRV", "1 2 443 .", "0001000201BB00"],
  ["CAA", '0 issue "x"', "0005697373756578"],
  ["CAA", '128 iodef ""', "8005696F646566"],
  ["NAPTR", '1 2 "u" "" "!a!b!" .', "0001000201750005216121622100"],
  ["DS", `1 8 1 ${"00".repeat(20)}`, `00010801${"00".repeat(20)}`],
  ["DNSKEY", "256 3 13 AQID", "0100030D010203"],
  ["NSEC", "a. A MX TYPE1234", `01610000024001041B${"00".repeat(26)}20`],
  ["NSEC3PARAM", "1 0 10 ABCD", "0100000A02ABCD"],
  ["NSEC3PARAM", "1 0 0 -", "0100000000"],
  ["TLSA", "3 1 1 ABCD", "030101ABCD"],
  ["SSHFP", `4 1 ${"AB".repeat(20)}`, `0401${"AB".repeat(20)}`],
  ["HTTPS", '1 . alpn="h2,h3" port=8443', "000100000100060268320268330003000220FB"],
  ["SVCB", "0 a.", "0000016100"],
  ["RRSIG", "A 8 2 300 20260101000000 20251201000000 1 a. AQID", "000108020000012C6955B900692CDA800001016100010203"],
  ["TYPE65280", "\\# 2 ABCD", "ABCD"],
  ["TYPE65280", "\\# 0", ""],
  ["EUI48", "00-00-5e-00-53-2a", "00005E00532A"],
  ["URI", '10 1 "ftp://a"', "000A00016674703A2F2F61"],
  ["KEY", "256 3 13 AQID", "0100030D010203"],
  ["KEY", "49152 3 13", "C000030D"],
  ["CERT", "1 2 8 AQID", "0001000208010203"],
  ["IPSECKEY", "10 0 2 . AQID", "0A0002010203"],
  ["IPSECKEY", "10 1 2 192.0.2.1 AQID", "0A0102C0000201010203"],
  ["IPSECKEY", "10 2 2 2001:db8:: AQID", "0A020220010DB8000000000000000000000000010203"],
  ["IPSECKEY", "10 3 2 a. AQID", "0A0302016100010203"],
  ["IPSECKEY", "10 0 0 .", "0A0000"],
  ["HIP", "2 200100 AQID a. b.", "03020003200100010203016100016200"],
  ["HIP", "2 200100 AQID", "03020003200100010203"],
  ["NID", "10 0014:4fff:ff20:ee64", "000A00144FFFFF20EE64"],
  ["L32", "10 192.0.2.1", "000AC0000201"],
  ["L64", "10 2001:0db8:1140:1000", "000A20010DB811401000"],
  ["LP", "10 a.", "000A016100"],
  ["APL", "1:192.0.2.0/24 !2:2001:db8::/32 1:0.0.0.0/0", "00011803C000020002208420010DB800010000"],
  ["APL", "", ""],
  ["PX", "10 a. b.", "000A016100016200"],
  ["CSYNC", "66 3 A NS AAAA", "000000420003000460000008"],
  ["ZONEMD", `1 1 1 ${"AB".repeat(48)}`, `000000010101${"AB".repeat(48)}`],
  ["SMIMEA", "3 0 0 ABCD", "030000ABCD"],
  ["OPENPGPKEY", "AQID", "010203"],
  ["RESINFO", '"qnamemin" "exterr=15"', "08716E616D656D696E096578746572723D3135"],
];

/** Type and a text that is written back in other words. */
const loose: readonly (readonly [type: string, text: string])[] = [
  ["SVCB", '16 a. mandatory=port,alpn alpn="f\\\\\\\\oo\\\\,bar,h2" port=5 key667="x\\210"'],
  ["HTTPS", "1 . ipv6hint=2001:db8::1 ipv4hint=192.0.2.1,192.0.2.2 dohpath=/q{?dns} ech=AAAA"],
  ["LOC", "52 14 5.123 N 0 8 50 E 10m 20m 2000m 20m"],
  ["LOC", "90 S 180 W -100000m"],
  ["NSEC3", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"],
  ["SOA", "ns h 1 1h 1D 1w 60"],
  ["TXT", "plain words"],
  ["NAPTR", '1 2 u E2U "!^(a|[]a-c])){1,2}()a{}[^[:alpha:]-z]*$!sip:\\\\1@b\\\\!!i" .'],
  ["NAPTR", '1 2 u E2U "(a\\\\(b{x}]}(c(" .'],
  ["DS", `1 ecdsap256sha256 2 ${"ab".repeat(32)}`],
  ["DNSKEY", "256 3 ED25519 AQ ID"],
  ["RRSIG", "A ECDSAP256SHA256 2 300 20260101000000 20251201000000 1 a. AQID"],
  ["CERT", "pgp 0 RSASHA1-NSEC3-SHA1 AQ ID"],
  ["IPSECKEY", "10 3 2 gw AQ ID"],
  ["HIP", "2 200100107b1a74df365639cc39f1d578 AQID rvs1 rvs2.example.com."],
  ["NID", "10 14:4FFF:0:1"],
  ["APL", "1:192.0.2.1/024 !2:::/0"],
];

describe("fixtures", () => {
  test.each(exact)("%s %s", (type, text, hex) => {
    const rdata = wire(type, text);
    expect(hexText(rdata)).toBe(hex);
    expect(rdataText(typeNumber(type) ?? 0, rdata)).toBe(text);
  });

  test.each([...exact.map(([type, text]) => [type, text] as const), ...loose])("%s %s reads back", (type, text) => {
    const number = typeNumber(type) ?? 0;
    const rdata = wire(type, text);
    expect(isWellFormed(number, rdata)).toBe(true);
    expect(wire(type, rdataText(number, rdata))).toEqual(rdata);
    expect(wire(type, `\\# ${rdata.length} ${hexText(rdata)}`)).toEqual(rdata);
  });
});

test.each([
  ["A", "192.0.2.300", 'found "192.0.2.300", expected an IPv4 address'],
  ["MX", "ns", 'found "ns", expected a preference (0 to 65535)'],
  ["MX", "10", "the record ends, expected a mail server's name"],
  ["MX", "10 a b", 'found "b", expected the end of the record'],
  ["TXT", '"\\300"', 'found "\\300", expected a character string with whole escapes'],
  ["SOA", "a b 1 2 3 4 x", 'found "x", expected the minimum (negative) TTL: seconds or a time such as 1h30m'],
  ["HTTPS", "1 . prot=1", /found "prot=1", expected a parameter such as mandatory, alpn/],
  ["HTTPS", "1 . port=1 port=1", /each parameter once/],
  ["HTTPS", "1 . no-default-alpn", /needs alpn/],
  ["DS", "1 8 1 00", "a digest of type 1 has 20 octets, found 1"],
  ["A", '"192.0.2.1"', 'found "192.0.2.1", expected an IPv4 address, without quotes'],
  ["SSHFP", "4 2 ABCD", "a fingerprint of type 2 has 32 octets, found 2"],
  ["URI", "1 1 x", 'found "x", expected a URI in quotes'],
  ["SVCB", "1 . key1=h2", /found "key1=h2", expected key1 with octets/],
  ["CAA", "0 is-sue x", /a tag of letters and digits/],
  ["DS", "1 FOO 2 AB", /^found "FOO", expected an algorithm such as ECDSAP256SHA256 or its number \(0 to 255\)/],
  ["CERT", "X 1 8 AQID", /^found "X", expected a certificate type such as PKIX or its number/],
  ["CERT", '"PKIX" 1 8 AQID', /without quotes/],
  ["CERT", "PKIX 1 8", "the record ends, expected a certificate in base64"],
  ["KEY", "256 3 13", "the record ends, expected a key in base64"],
  ["KEY", "49152 3 13 AQID", "flags of 49152 and more say that there is no key, found one"],
  ["IPSECKEY", "10 4 2 x AQID", /^found "4", expected a gateway type: 0 with/],
  ["IPSECKEY", "10 0 2 gw AQID", 'found "gw", expected the gateway "."'],
  ["IPSECKEY", "10 1 2 2001:db8::1 AQID", 'found "2001:db8::1", expected an IPv4 address'],
  ["IPSECKEY", "10 1 2", "the record ends, expected an IPv4 address"],
  ["IPSECKEY", "10 1 2 192.0.2.1 !", 'found "!", expected a key in base64'],
  ["HIP", "2 200 AQID", 'found "200", expected a host identity tag in hexadecimal'],
  ["HIP", "2 2001 AQ ID", 'found "AQ", expected a key in base64, without blanks'],
  ["HIP", "2 2001 AQID a..b", /rendezvous server/],
  ["NID", "10 0014:4fff:ff20", /^found "0014:4fff:ff20", expected a node's identifier as xxxx:xxxx:xxxx:xxxx/],
  ["L64", "10 2001::1", /expected a locator as xxxx/],
  ["L32", "10 x", 'found "x", expected an IPv4 address'],
  ["APL", "1:192.0.2.0/33", /^found "1:192.0.2.0\/33", expected a prefix such as 1:192.0.2.0\/24/],
  ["APL", "2:192.0.2.0/24", /expected a prefix/],
  ["APL", "1:192.0.2.0/24 3:x/8", /^found "3:x\/8"/],
  ["APL", "\\# 5 0001180100", /octets that fit the type/],
  ["TYPE65280", "x", /RFC 3597/],
  ["A", "\\# 3 010203", /octets that fit the type/],
  ["A", "\\# 4 01020", /hexadecimal/],
  ["A", "\\# 5 01020304", 'found "5", expected the number of octets that follow, 4'],
  ["NS", "x".repeat(70), /a label is longer than 63 octets/],
  ["NAPTR", '1 2 "u" "" "!a!b" .', /^expected a regular expression such as/],
  [
    "NAPTR",
    '1 2 "u" "" "!(a!b!" .',
    /^found "!\(a!b!" with a \( that is not closed, expected a regular expression such as/,
  ],
  ["NAPTR", '1 2 "u" "" "![a!b!" .', /with a \[ that is not closed/],
  ["NAPTR", '1 2 "u" "" "![[:foo:]]!b!" .', /with a \[ that is not closed/],
  ["NAPTR", `1 2 "u" "" "![${"[.a.]".repeat(40)}!b!" .`, /with a \[ that is not closed/],
  ["NAPTR", '1 2 "u" "" "!a{1x}!b!" .', /with a \{ that is not closed/],
  ["NAPTR", '1 2 "u" "" "!a|!b!" .', /with an empty alternative/],
  ["NAPTR", '1 2 "u" "" "!(|a)!b!" .', /with an empty alternative/],
  ["NAPTR", '1 2 "u" "" "!a**!b!" .', /with a repetition of nothing/],
  ["NAPTR", '1 2 "u" "" "!{1}!b!" .', /with a repetition of nothing/],
  ["NAPTR", '1 2 "u" "" "!a{256}!b!" .', /with a repetition of more than 255 times/],
  ["NAPTR", '1 2 "u" "" "!a{2,1}!b!" .', /with a repetition that ends before it begins/],
  ["NAPTR", '1 2 "u" "" "![z-a]!b!" .', /with the range z-a in the wrong order/],
  ["NAPTR", '1 2 "u" "" "![a-[:alpha:]]!b!" .', /with the range a-\[:alpha:\], which ends in a class/],
  ["NAPTR", '1 2 "u" "" "![a-z-9]!b!" .', /with the range a-z with a - behind it/],
  ["NAPTR", '1 2 "u" "" "!(a)\\\\2!b!" .', /with \\2, and no such group/],
  ["NAPTR", '1 2 "u" "" "!(a)!\\\\2!" .', /with \\2 in its replacement, and no such group/],
  ["NAPTR", '1 2 "u" "" "!(a)!\\\\0!" .', /with \\0 in its replacement, and no such group/],
  ["NAPTR", '1 2 "u" "" "!a\\000!b!" .', /with an octet of value 0/],
])("%s %s is refused", (type, text, sentence) => {
  const parsed = parseRdataText(typeNumber(type) ?? 0, text, origin);
  const error = typeof sentence === "string" ? sentence : expect.stringMatching(sentence);
  expect(parsed).toEqual({ ok: false, error });
});

test("any octets of any type have a text that reads back", () => {
  const known = typeMnemonics.map((text) => typeNumber(text) ?? 0).filter((type) => rdataType(type) !== undefined);
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.uint8Array({ maxLength: 60 }), (type, rdata) => {
      const checked = rdataType(type)?.check?.(rdata) ?? null;
      if (!isWellFormed(type, rdata) || checked !== null) return;
      expect(parseRdataText(type, rdataText(type, rdata), origin)).toEqual({ ok: true, value: rdata });
    }),
    { numRuns: 5000 },
  );
});

test("an NSEC3 without a next hashed owner is malformed, and is written as octets", () => {
  const rdata = Uint8Array.of(0, 0, 0, 0, 0, 0);
  expect([isWellFormed(rrType.NSEC3, rdata), rdataText(rrType.NSEC3, rdata)]).toEqual([false, "\\# 6 000000000000"]);
});

test("embedded names, canonical form and equality", () => {
  const a = wire("MX", "10 Mail.Example.ORG.");
  const b = wire("MX", "10 mail");
  expect(rdataNames(rrType.MX, a)).toEqual([{ name: textName("Mail.Example.ORG."), offset: 2, compressible: true }]);
  expect(canonicalRdata(rrType.MX, a)).toEqual(b);
  expect(canonicalRdata(rrType.MX, b)).toBe(b);
  expect(sameRdata(rrType.MX, a, b)).toBe(true);
  expect(sameRdata(rrType.TXT, wire("TXT", "A"), wire("TXT", "a"))).toBe(false);
  expect(rdataNames(rrType.SRV, wire("SRV", "1 2 3 a")).map((found) => found.compressible)).toEqual([false]);
});

test("SOA to parts and back", () => {
  const soa: Soa = {
    mname: textName("ns.example.org."),
    rname: textName("h.example.org."),
    serial: 4_294_967_295,
    refreshSeconds: 1,
    retrySeconds: 2,
    expireSeconds: 3,
    minimumSeconds: 4,
  };
  const rdata = soaRdata(soa);
  expect(readSoa(rdata)).toEqual(soa);
  expect(readSoa(replaceSoaSerial(rdata, 7))).toEqual({ ...soa, serial: 7 });
  expect(readSoa(rdata.subarray(1))).toBeNull();
});
