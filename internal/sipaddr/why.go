package sipaddr

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is what is wrong with an address, as the rest of a sentence about it,
// and what to write instead, where that can be told; both are "" where nothing is. Of the address they
// repeat only a port, one mark of punctuation and names that everybody knows:
// it may hold a password.
type Problem struct{ Wrong, Hint string }

// Why says what is wrong with an address that [Parse] refuses.
func Why(scheme, text string) Problem {
	if _, ok := Parse(scheme, text); ok {
		return Problem{}
	}
	checks := []func(string) Problem{letters, mark, callScheme, callUser, callEnd}
	if scheme == SMPP {
		checks = []func(string) Problem{letters, mark, messageBegin, messageEnd}
	}
	for _, check := range checks {
		if p := check(text); p.Wrong != "" {
			return p
		}
	}
	return Problem{"is not an address of the form that is taken", ""}
}

// letters finds what can stand nowhere in an address.
func letters(text string) Problem {
	switch {
	case text == "":
		return Problem{"is empty", ""}
	case len(strings.ReplaceAll(text, Mark, longest)) > Limit:
		return Problem{fmt.Sprintf("is longer than %d characters with a number filled in", Limit), ""}
	case strings.ContainsAny(text, `<>"`):
		return Problem{"holds a display name or brackets around the address", "write only what stands between < and >"}
	case strings.ContainsFunc(text, func(r rune) bool { return r < utf8.RuneSelf && (unicode.IsSpace(r) || unicode.IsControl(r)) }):
		return Problem{"holds a space, a line break or another character that does not show", "leave it out; a space in the user of a SIP address is written %20"}
	case strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }):
		return Problem{"holds a character beyond ASCII", "write a host name in its form of ASCII, which begins with xn--"}
	}
	return Problem{}
}

// marks are the ways in which the place of the number is mistaken.
var marks = regexp.MustCompile(`(?i)\{+ *(?:number|num|digits|did|phone|msisdn|e164) *\}+`)

func mark(text string) Problem {
	rest := strings.ReplaceAll(text, Mark, "")
	_, end, _ := strings.Cut(text, "@")
	switch {
	case marks.MatchString(rest) || strings.Contains(text, "{"+Mark):
		return Problem{"holds a placeholder that is none", "did you mean {number}?"}
	case strings.ContainsAny(rest, "{}"):
		return Problem{"holds a brace that is no part of {number}", "{number}, in small letters, is the only placeholder"}
	case strings.Contains(end, Mark):
		return Problem{"has {number} behind the @", "{number} may stand for the user, and not in host or port"}
	}
	return Problem{}
}

var schemes = regexp.MustCompile(`^(?i)(sips?|smpps?|tel|iax2?|h323|https?|mailto|callto|xmpp|wss?|pstn|udp|tcp|tls):`)

// schemeOf returns the scheme of an address in lower case, "" for none that is
// known.
func schemeOf(text string) string {
	if m := schemes.FindStringSubmatch(text); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

func callScheme(text string) Problem {
	switch scheme := schemeOf(text); {
	case scheme == "":
		return Problem{"has no scheme that is known", "write sip: in front"}
	case scheme == "tel":
		return Problem{"is a telephone number (tel:), which names no host that calls could go to", "write sip:, the number, @ and the host"}
	case strings.HasPrefix(scheme, SMPP):
		return Problem{"is an address of messages, not of calls", "give it as smpp_contact"}
	case !strings.HasPrefix(scheme, SIP):
		return Problem{"has the scheme " + scheme + ":, and calls go to sip: and sips: only", ""}
	case strings.HasPrefix(text[len(scheme):], "://"):
		return Problem{"has // behind the scheme, as web addresses have", "write " + scheme + ":user@host without //"}
	case strings.Count(text, "@") > 1:
		return Problem{"has more than one @", "it takes one address, with one @ between user and host"}
	case !strings.Contains(text, "@"):
		return Problem{"has no user: no @ stands in it", "write sip:, a user or {number}, @ and the host"}
	}
	return Problem{}
}

// userMark is one character of a user, RFC 3261 section 25.1.
var userMark = regexp.MustCompile(`^[\w.!~*'()&=+$,;?/%-]$`)

func callUser(text string) Problem {
	_, rest, _ := strings.Cut(text, ":")
	user, _, _ := strings.Cut(rest, "@")
	user = strings.ReplaceAll(user, Mark, longest)
	decoded, ok := unescaped(user)
	switch {
	case user == "":
		return Problem{"has no user in front of the @", "write a user, or {number}"}
	case strings.Contains(user, ":"):
		return Problem{"has a password, or a colon, in front of the @", "leave the password out: calls need none"}
	case credential.MatchString(user) || credential.MatchString(decoded):
		return Problem{"has a password or key among what stands in front of the @", "leave it out: calls need none"}
	case strings.Contains(escape.ReplaceAllString(user, ""), "%"):
		return Problem{"has a % that no two hexadecimal digits follow", "a % itself is written %25"}
	case strings.ContainsAny(decoded, "@:"):
		return Problem{"has an @ or a colon written with %, which programs understand in two ways", "leave it out of the user"}
	case !ok:
		return Problem{"has a character written with % that does not show", "leave it out of the user"}
	}
	for _, r := range user {
		if !userMark.MatchString(string(r)) {
			return Problem{fmt.Sprintf("has a %c in front of the @", r), fmt.Sprintf("a SIP user has it written %%%02X", r)}
		}
	}
	return Problem{}
}

// unescaped returns the user with what is written as "%" and two digits
// decoded; false where that brings what does not show, or no text.
func unescaped(user string) (string, bool) {
	decoded := escape.ReplaceAllStringFunc(user, func(code string) string {
		b, err := hex.DecodeString(code[1:])
		if err != nil {
			return code
		}
		return string(b)
	})
	unseen := func(r rune) bool { return r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) }
	return decoded, !strings.ContainsFunc(decoded, unseen)
}

func callEnd(text string) Problem {
	_, end, _ := strings.Cut(text, "@")
	place, params, any := strings.Cut(end, ";")
	switch {
	case strings.Contains(end, "?"):
		return Problem{"has headers (what stands behind a ?)", "leave them out"}
	case strings.Contains(place, ","):
		return Problem{"names more than one address", "calls of a number go to one"}
	}
	if f := ending(place); f.Wrong != "" || !any {
		return f
	}
	return parameters(params, schemeOf(text) == "sips")
}

// ending finds what is wrong with host and port.
func ending(place string) Problem {
	host, port := place, ""
	i := strings.LastIndexByte(place, ':')
	if inner := strings.IndexByte(place, ']'); i > inner && (inner >= 0 || strings.Count(place, ":") == 1) {
		host, port = place[:i], place[i+1:]
		if f := wrongPort(port); f.Wrong != "" {
			return f
		}
	}
	_, v6 := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case host == "":
		return Problem{"has no host behind the @", ""}
	case strings.ContainsAny(host, `/\#%&=!`):
		return Problem{"has something behind the host that is neither a port nor a parameter", "end it with the host or the port"}
	case strings.Contains(host, ":") && !strings.HasPrefix(host, "["):
		return Problem{"has colons in the host", "an IPv6 address stands in brackets: [2001:db8::1]"}
	case strings.HasPrefix(host, "[") && (v6 != nil || !strings.Contains(host, ":")):
		return Problem{"has brackets around what is no IPv6 address", ""}
	case strings.HasSuffix(host, "."):
		return Problem{"has a dot at the end of the host", "leave that dot out"}
	case strings.HasPrefix(host, "."), strings.Contains(host, ".."):
		return Problem{"has a dot too many in the host", ""}
	case !goodHost(host):
		return Problem{"has a host that is neither a name nor an IP address", "labels of a name have up to 63 letters, digits and hyphens, the last begins with no digit; an IPv4 address is four numbers up to 255, without zeros in front"}
	}
	return Problem{}
}

var shortDigits = regexp.MustCompile(`^\d{1,9}$`)

func wrongPort(port string) Problem {
	switch {
	case goodPort(port):
		return Problem{}
	case port == "":
		return Problem{"has a colon and no port behind it", "leave the colon out, or write the port"}
	case !shortDigits.MatchString(port):
		return Problem{"has a port that is no number", "a port is 1 to 65535"}
	case port != "0" && port[0] == '0':
		return Problem{"has the port " + port + ", which begins with a zero", "write it without"}
	}
	return Problem{"has the port " + port + ", and ports are 1 to 65535", ""}
}

// named are parameters and values that may be repeated, because everybody
// knows them.
var named = regexp.MustCompile(`^(?:lr|maddr|ttl|method|ob|gr|rport|received|tag|expires|q|comp|sigcomp-id|isub|phone-context|ext|wss?|sctp|tls-sctp|dtls|dialstring)$`)

func parameters(params string, secure bool) Problem {
	taken := map[string]string{"transport": "udp, tcp, tls", "user": "phone, ip"}
	seen := map[string]bool{}
	for p := range strings.SplitSeq(strings.ToLower(params), ";") {
		name, value, _ := strings.Cut(p, "=")
		allowed, known := taken[name]
		switch {
		case p == "":
			return Problem{"has a semicolon without a parameter behind it", "leave it out"}
		case !known && named.MatchString(name):
			return Problem{"has the parameter " + name, "leave it out; transport and user are taken"}
		case !known:
			return Problem{"has a parameter that is not taken", "leave it out; transport and user are taken"}
		case seen[name]:
			return Problem{"has the parameter " + name + " twice", "leave one of them out"}
		case value == "" || !strings.Contains(", "+allowed+",", ", "+value+","):
			return Problem{"has " + name + repeated(value), allowed + " are taken"}
		case secure && p == "transport=udp":
			return Problem{"asks for security (sips:) and for transport=udp, which has none", "write transport=tcp or tls, or sip:"}
		}
		seen[name] = true
	}
	return Problem{}
}

// repeated is a value that is not taken, as far as it may be repeated.
func repeated(value string) string {
	switch {
	case value == "":
		return " without a value"
	case named.MatchString(value):
		return "=" + value
	}
	return " with a value that is not taken"
}

func messageBegin(text string) Problem {
	begin, _, found := strings.Cut(text, "@")
	scheme := schemeOf(text)
	switch parts := strings.Split(begin, ":"); {
	case scheme == "":
		return Problem{"has no scheme that is known", "write smpp: in front"}
	case scheme == "smpps":
		return Problem{"has the scheme smpps:, and messages go to smpp: only", ""}
	case scheme != SMPP:
		return Problem{"is no address of messages, which begins with smpp:", "calls go where contact says"}
	case strings.HasPrefix(text[len(scheme):], "://"):
		return Problem{"has // behind the scheme, as web addresses have", "leave // out"}
	case !found:
		return Problem{"has no @", ""}
	case strings.Count(text, "@") > 1:
		return Problem{"has more than one @", "a password with an @ can't be written here: have another one set"}
	case escape.MatchString(begin):
		return Problem{"has a % and two digits, which programs understand in two ways", "a password with that can't be written here: have another one set"}
	case len(parts) != 4:
		return Problem{fmt.Sprintf("has %d parts in front of the @ instead of three behind smpp:", len(parts)-1), "a password with a colon can't be written here: have another one set"}
	case parts[1] == "" || parts[2] == "" || parts[3] == "":
		return Problem{"has an empty login, password or destination", ""}
	}
	return Problem{}
}

func messageEnd(text string) Problem {
	_, end, _ := strings.Cut(text, "@")
	if f := ending(end); f.Wrong != "" {
		return f
	}
	if !strings.Contains(end, ":") || strings.HasSuffix(end, "]") {
		return Problem{"has no port", "write it behind the host: SMPP has no usual one"}
	}
	return Problem{"has a character in login, password or destination that can't be written here", ""}
}
