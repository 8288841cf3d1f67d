package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	pem      = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|$)`)
	scheme   = regexp.MustCompile(`(?i)\b(bearer|basic|bot)(:?\s+)([\w.~+/=-]{8,})`)
	setting  = regexp.MustCompile(`(?i)\b((?:pass(?:word|wd|phrase)?|pwd|passwd|secret|api[_-]?key|(?:access[_-]?|auth[_-]?|bearer[_-]?)?token)=)[^\s"]*[^\s",;.!?]`)
	query    = regexp.MustCompile(`(?i)([?&;\s]|^)((?:key|auth|sig|hmac|jwt)=)([^\s&;]+)|([?&])((?:code|sid)=)([^\s&;]+)`)
	jwt      = regexp.MustCompile(`\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*){0,3}`)
	botToken = regexp.MustCompile(`\b[\w-]{20,}\.[\w-]{5,7}\.[\w-]{25,}`)
	branded  = regexp.MustCompile(`\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|(?:sk|pk|rk)[-_](?:live|test|proj|ant)[\w-]{10,}|sk-\w{20,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{30,}|hf_\w{20,}|npm_\w{20,}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|(?:AC|SK)[0-9a-f]{32})`)
	webhook  = regexp.MustCompile(`(?i)(/api/webhooks/\d+/|hooks\.slack\.com/services/)[^\s"]+`)
	run      = regexp.MustCompile(`[\w+/=-]{20,}`)
	drawn    = regexp.MustCompile(`(?:^|[^\w/+=.-])([A-Za-z0-9/+]{40})(?:$|[^\w/+=-])`) // as AWS writes secret keys
	uuid     = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	ticket   = regexp.MustCompile(`^[A-Z]{2,10}-\d+$`)
)

// documented is how this program's own texts show what an SMPP address looks
// like.
var documented = regexp.MustCompile(`smpp:login:password:(?:destination|\{number\})@[\w.-]+(?::(?:\d+|port))?`)

// rounds bounds how often a text is masked: what one rule masks may uncover a
// word to another, and a text that was masked is to stay as it is.
const rounds = 4

// apart masks the parts of s that are not such a form.
func apart(s string, mask func(string) string) string {
	if innocent(s) {
		return s
	}
	for range rounds {
		masked := beyond(documented, s, mask)
		if masked == s {
			break
		}
		s = masked
	}
	return s
}

// beyond masks what of s lies outside of the matches.
func beyond(form *regexp.Regexp, s string, mask func(string) string) string {
	var b strings.Builder
	from := 0
	for _, m := range form.FindAllStringIndex(s, -1) {
		b.WriteString(mask(s[from:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		from = m[1]
	}
	b.WriteString(mask(s[from:]))
	return b.String()
}

// longWord is how many signs in a row a word has that nobody can say to be
// innocent without a look at it.
const longWord = 16

// innocent reports of most texts, and in a hundredth of the time, that no rule
// can find anything in them.
func innocent(s string) bool {
	run := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf, strings.IndexByte(":=@%&", c) >= 0:
			return false
		case c == ' ':
			run = 0
		default:
			if run++; run >= longWord {
				return false
			}
		}
	}
	return !suspicious(strings.ToLower(s))
}

// suspicious reports whether a text in small letters has some part of a name of
// a credential, or of a program that is given one.
func suspicious(low string) bool {
	return slices.ContainsFunc([]string{
		"pass", "pwd", "psw", "pw", "p/w", "code d", "kennw", "contras", "senha", "mot de", "mdp", "clave", "parola", "heslo", "wachtwoord", "adgangskode", "salasana", "lozinka", "geslo", "sifre", "sandi",
		"secret", "key", "api", "token", "cred", "signa", "pin", "bearer", "basic", "bot", "auth", "cookie", "login", "log-in", "user", "zugang", "benutzer", "mysql", "mariadb", "mongo", "redis", "ldap", "docker", "podman",
	}, func(part string) bool { return strings.Contains(low, part) })
}

// unmistakable masks what can be nothing but a credential.
func unmistakable(s string) string {
	s = pem.ReplaceAllString(s, Mask)
	s = smpp.ReplaceAllString(s, "${1}"+Mask)
	s = replaced(authority, s, maskAuthority)
	s = replaced(userinfo, s, maskUserinfo)
	s = setting.ReplaceAllString(s, "${1}"+Mask)
	s = webhook.ReplaceAllString(s, "${1}"+Mask)
	for _, whole := range []*regexp.Regexp{jwt, botToken, branded} {
		s = whole.ReplaceAllString(s, Mask)
	}
	return s
}

// likely masks what people call a credential, and what looks drawn by a
// machine.
func likely(s string) string {
	s = smppSpaced.ReplaceAllString(s, "${1}"+Mask+"${2}")
	s = unspelt.ReplaceAllString(s, "${1}${2}"+Mask+"@${3}")
	s = onCommandLine.ReplaceAllString(s, "${1}${2}"+Mask)
	s = replaced(pair, s, maskPair)
	s = replaced(scheme, s, func(m []string) string {
		drawn := random(m[3]) || userAndPassword(m[3]) || strings.EqualFold(m[1], "bearer") && telling(m[3]) && hasDigit(m[3])
		return m[1] + m[2] + maskedIf(drawn, m[3])
	})
	s = calledSo(s)
	s = replaced(query, s, func(m []string) string {
		value := m[3] + m[6]
		return m[1] + m[2] + m[4] + m[5] + maskedIf(telling(value) && len(value) >= 6, value)
	})
	return beyond(link, s, func(s string) string {
		s = replaced(drawn, s, func(m []string) string {
			return strings.Replace(m[0], m[1], maskedIf(hasDigit(m[1]) && changes(m[1]) >= 8, m[1]), 1)
		})
		return run.ReplaceAllStringFunc(s, maskRandom)
	})
}

// maskRandom masks a word that looks drawn by a machine, or the parts of a path
// that do.
func maskRandom(word string) string {
	parts := strings.Split(word, "/")
	for i, part := range parts {
		parts[i] = maskedIf(random(part), part)
	}
	if path := strings.Join(parts, "/"); path != word {
		return path
	}
	return maskedIf(random(word), word)
}

// userAndPassword reports whether a word is what HTTP calls Basic.
func userAndPassword(word string) bool {
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(word, "="))
	return err == nil && utf8.Valid(text) && strings.Contains(string(text), ":")
}

// replaced is [regexp.Regexp.ReplaceAllStringFunc] with the groups of each
// match.
func replaced(re *regexp.Regexp, s string, with func(groups []string) string) string {
	return re.ReplaceAllStringFunc(s, func(match string) string { return with(re.FindStringSubmatch(match)) })
}

func maskedIf(secret bool, text string) string {
	if secret {
		return Mask
	}
	return text
}

// telling reports whether what is said to be a credential can be one: it is in
// quotation marks, or has a character that words of prose do not have.
func telling(value string) bool {
	if strings.ContainsAny(value[:1], `"'`) || strings.HasPrefix(value, "“") {
		return true
	}
	value = strings.TrimRight(value, ".,;:!?)…")
	prose := func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("-'’/(", r) }
	return strings.ContainsFunc(value, func(r rune) bool { return !prose(r) }) || changes(value) > 0
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// random reports whether a long word looks as if a machine had drawn it: it
// goes to and fro between digits, small and capital letters. Words, numbers,
// names with dashes, and UUIDs, which name things, do not count.
func random(word string) bool {
	if uuid.MatchString(word) || !hasDigit(word) && !strings.ContainsAny(word, "+=") && changes(word) < 5 {
		return false
	}
	signs, lower, upper := 0, false, false
	for _, r := range word {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			signs++
		}
		lower, upper = lower || unicode.IsLower(r), upper || unicode.IsUpper(r)
	}
	switch {
	case signs < 20, signs < 24 && (!lower || !upper):
		return false
	case !lower && !upper:
		return false // a number
	}
	return changes(word)*4 >= signs
}

// changes counts where a letter meets a digit, or a small letter a capital one.
func changes(word string) int {
	const digit, small, capital = 1, 2, 3
	n, before := 0, 0
	for _, r := range word {
		kind := 0
		switch {
		case unicode.IsDigit(r):
			kind = digit
		case unicode.IsUpper(r):
			kind = capital
		case unicode.IsLetter(r):
			kind = small
		}
		if before != 0 && kind != 0 && kind != before && (before != capital || kind != small) {
			n++
		}
		before = kind
	}
	return n
}
