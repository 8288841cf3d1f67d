package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names finds what people and programs call a credential. Its groups are, in
// the order of [kind]: what can be called nothing else, what is often an
// everyday word, what stands on every letter and form too, and the bare key.
var names = regexp.MustCompile(`(?:^|[^\pL])(?:` +
	`((?i:(?:clé|clef|clave|chave|chiave|cheie|cheia|ключ|klucz|κλειδί)(?: d[aeio]l?)? api|pass(?:[ _-]?(?:word|wort|phrase|code)s?|wd|ord)?|pwd|pswd?|passwd|pw|p/w|kennw[oö]rt(?:er)?|contrase(?:ñ|n)a|senha|palavra-passe|mot de passe|mdp|clave(?: secreta)?|code d'accès|zugangs(?:daten|code)|parola(?: d'ordine)?|hasło|heslo|wachtwoord` +
	`|lösenord|adgangskode|salasana|jelszó|lozinka|geslo|[şs][iİı]fre|пароль|密码|密碼|パスワード|비밀번호|암호|كلمة (?:السر|المرور)|סיסמה|पासवर्ड|รหัสผ่าน|mật khẩu|kata sandi` +
	`|x-auth-token|(?:x-)?api[ _-]?(?:key|schl(?:ü|ue)ssel|ключ|klucz|nyckel|sleutel|nøgle|nøkkel|avain|kulcs|kľúč|klíč|anahtar[ıi]?)|(?:api|access|private|auth|client|shared|signing|secret|session|refresh|bearer|bot|id)[ _-]?(?:key|secret|token))|[A-Za-z]+(?i:password|passwd|secret|token))` +
	`|((?i:secrets?|tokens?|credentials?|creds))` +
	`|((?i:signature|pin(?:[ _-]?code)?|(?:proxy-)?authorization|(?:set-)?cookie))` +
	`|((?i:key)))(?:[^\pL]|$)`)

// kind is how much the name of a credential says.
type kind int

// The kinds, by the groups of [names].
const (
	sure   kind = iota + 1 // password, API key
	loose                  // secret, token
	formal                 // signature, PIN, cookie
	bare                   // key
)

// gaps is what stands between a name and its value, by its groups: what it is
// for and a colon or a verb, an assignment, a verb, a dash, a comma or slash, a
// space.
var gaps = regexp.MustCompile("(?i)^[\"'”’*_~`)\\]]*(?:" +
	`((?:\s+\([^()\n]{1,40}\)|\s+(?:for|of|on|to|at|für|de[rlsmn]?|del|pour|d[aeou]s?|vom?n?|van|per|для|от)(?:\s+[\pL\pN._-]+){1,6}?)(?:\s*[:：=]\s*|\s+(?:is|was|ist|war|es|est|lautet|jest|är|è|é)\s+(?:now\s+)?))` +
	`|(\s*(?:(?:is|ist|es|est|lautet|jest|är|è|é)\s*)?(?:=>|->|[→⇒➜:=：＝])+["'*_~` + "`" + `]*?\s*)` +
	`|(\s+(?:is|was|ist|war|es|est|lautet|jest|je|är|è|é)\s+)` +
	`|(\s+[-–—]+\s+)|(\s*[,/|]\s*)|(\s+))(?:[*_~` + "`" + `]{1,2}\s+)?`)

// gap is what stands between a name and its value.
type gap int

// The gaps, by the groups of [gaps].
const (
	about gap = iota + 1
	assigns
	verb
	dash
	comma
	space
	option // a space behind the name of an option of a command
)

// calledSo masks what stands behind the name of a credential and can be one.
func calledSo(s string) string {
	var b strings.Builder
	for {
		m := names.FindStringSubmatchIndex(s)
		if m == nil {
			break
		}
		k, from, end := group[kind](m)
		g, at := gapBehind(s, from, end)
		v := valueIn(s[at:])
		at += v.mark
		n := 0
		if g != 0 {
			n = v.secret(strings.ToLower(s[from:end]), k, g)
		}
		if n == 0 {
			b.WriteString(toldBefore(s[:from], k) + s[from:end])
			s = s[end:]
			continue
		}
		b.WriteString(s[:at] + Mask)
		s = s[at+n:]
	}
	return b.String() + s
}

// before is a value in front of the name of a credential: X is the password, X
// (API key).
var before = regexp.MustCompile(`(?i)(^|[\s(\[])["'“”«„*` + "`" + `]*([^\s"'“”«»„*` + "`" + `]+)["'“”«»*` + "`" + `]*(\s+(?:is|was|ist|war|es|est|è|é)\s+(?:[\pL]+\s+){0,3}|\s*\((?:[\pL]+\s+){0,2})$`)

// toldBefore masks at the end of a text what the name of a credential behind it
// is said of.
func toldBefore(s string, k kind) string {
	m := before.FindStringSubmatchIndex(s)
	if m == nil || k > loose || !mixed(s[m[4]:m[5]]) {
		return s
	}
	return s[:m[4]] + Mask + s[m[5]:]
}

// group returns the first group of a match that took part, and where it is.
func group[G ~int](m []int) (g G, from, to int) {
	for i := 2; i < len(m); i += 2 {
		if m[i] >= 0 {
			return G(i / 2), m[i], m[i+1]
		}
	}
	return 0, 0, 0
}

// gapBehind returns what stands behind the name s[from:end], and where the
// value begins. 0 is no gap.
func gapBehind(s string, from, end int) (gap, int) {
	m := gaps.FindStringSubmatchIndex(s[end:])
	if m == nil {
		return 0, end
	}
	g, _, _ := group[gap](m)
	word := s[strings.LastIndexFunc(s[:from], unicode.IsSpace)+1 : from]
	if g == space && strings.HasPrefix(word, "-") {
		g = option
	}
	return g, end + m[1]
}

// closing returns the mark that ends what the quotation mark begins.
func closing(mark string) string {
	switch mark {
	case "“":
		return "”"
	case "«":
		return "»"
	case "„":
		return "“"
	}
	return mark
}

// candidate is what stands behind the name of a credential.
type candidate struct {
	mark   int    // bytes of the quotation mark that it begins with; 0 = none
	quoted string // what is between the marks
	clause string // up to the end of the clause
	line   string // up to the end of the line
	words  []string
}

func valueIn(s string) candidate {
	var v candidate
	v.line, _, _ = strings.Cut(s, "\n")
	if first, n := utf8.DecodeRuneInString(s); strings.ContainsRune("\"'`“«„", first) {
		v.mark = n
		v.quoted, _, _ = strings.Cut(s[n:], closing(s[:n]))
		return v
	}
	v.clause = v.line
	for i, r := range v.line {
		if rest := v.line[i+utf8.RuneLen(max(r, 0)):]; strings.ContainsRune(",;.!?", r) && (rest == "" || unicode.IsSpace(rune(rest[0]))) {
			v.clause = v.line[:i]
			break
		}
	}
	v.clause = strings.TrimRightFunc(v.clause, unicode.IsSpace)
	v.words = strings.Fields(v.clause)
	return v
}

// secret returns how many bytes of the value behind the name are a credential.
func (v candidate) secret(name string, k kind, g gap) int {
	switch {
	case v.mark > 0 && (mixed(v.quoted) || k <= loose && v.saidInQuotes(g)):
		return len(v.quoted)
	case v.mark > 0, len(v.words) == 0:
		return 0
	case k == formal && g != option:
		return v.onForm(name, g)
	case k == bare && g != option:
		return v.first(mixed(v.words[0]) && (g <= dash || g == space && changes(v.words[0]) >= 3))
	case g == assigns, g == dash:
		return v.assigned(k, g)
	}
	return v.first(v.behind(k, g))
}

func (v candidate) saidInQuotes(g gap) bool {
	return g == about || g == assigns && !harmless(strings.Fields(v.quoted)) || g == verb || g == dash || g == option
}

// assigned is secret for what stands behind a password or a token and a colon
// or a dash: the whole clause, since a password may be several words.
func (v candidate) assigned(k kind, g gap) int {
	switch {
	case harmless(v.words), k == loose && (g == dash && !mixed(v.words[0]) || titled(v.words)):
		return 0
	}
	return len(v.clause)
}

// behind reports whether the first word behind a password or a token is one,
// where nothing says that it should be.
func (v candidate) behind(k kind, g gap) bool {
	first := v.words[0]
	switch {
	case g == option:
		return true
	case g == about:
		return mixed(first) || strong(first) && !ordinary(v.words)
	case g == verb:
		return telling(first) && !ordinary(v.words)
	case g == space && k == sure:
		return mixed(first) || strong(first) && !ordinary(v.words)
	}
	return mixed(first)
}

// first returns the length of the first word, if it is a secret.
func (v candidate) first(secret bool) int {
	if secret {
		return len(v.words[0])
	}
	return 0
}

var httpScheme = regexp.MustCompile(`(?i)^(?:bearer|basic|digest|bot|token|apikey|negotiate)$`)

// onForm is secret for names that stand on letters and forms, above words and
// names of people.
func (v candidate) onForm(name string, g gap) int {
	first := v.words[0]
	switch {
	case strings.HasPrefix(name, "pin"):
		return v.first(g != comma && digits(first) >= 4 && digits(first) == utf8.RuneCountInString(strings.Trim(first, "-_.*)]}!?")) || mixed(first))
	case strings.HasSuffix(name, "signature"):
		return v.first(mixed(first))
	case g == assigns && (len(v.words) > 1 && httpScheme.MatchString(first) && !harmless(v.words[1:]) || proseless(v.words)):
		return len(strings.TrimRightFunc(v.line, unicode.IsSpace))
	}
	return 0
}

// proseless reports whether one of the words is none of prose.
func proseless(words []string) bool {
	for _, w := range words {
		if mixed(w) || strings.ContainsAny(w, "=+_") {
			return true
		}
	}
	return false
}

// titled reports whether words read as a heading, such as Santa campaign, or
// as a count, and none looks drawn.
func titled(words []string) bool {
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) < 2 || proseless(words) {
		return false
	}
	return unicode.IsUpper(first) && !telling(words[0]) || ordinary(words)
}

var (
	amount  = regexp.MustCompile(`^(?:[€$£]?\d+(?:[.,]\d+)*(?:[€$£%]|\s[A-Z]{3}\b|\s(?i:euros?|dollars?|lines?|numbers?|digits?|chars?|characters?|days?|weeks?|months?|years?|users?)\b)|[A-Z]{3}\s\d)`)
	counted = regexp.MustCompile(`^(?:\d{1,3}(?i:st|nd|rd|th|x|k|h|g|am|pm)?|\d{1,2}[:.]\d\d(?i:am|pm|h)?|\d{1,3}-[a-z]+|\d{4}-[QH]\d|\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?|\d{1,2}\.\d{1,2}\.\d{2,4})$`)
	web     = regexp.MustCompile(`(?i)^https?://[^\s@]+$`)
)

// saying reports whether a word begins what is said of a credential in its
// place.
func saying(word string) bool {
	switch word = strings.ToLower(strings.Trim(word, ".,;:!?()…")); word {
	case "n/a", "na", "no", "none", "nil", "null", "nothing", "not", "never", "yes", "see", "siehe", "voir", "ver", "ask", "will", "shall", "to",
		"tba", "tbd", "todo", "later", "soon", "unknown", "unchanged", "same", "as", "required", "optional", "needed", "missing", "pending",
		"stored", "kept", "held", "given", "shared", "provided", "attached", "enclosed", "available", "protected", "one", "vault", "reset", "change",
		"changes", "changed", "policy", "policies", "expired", "expires", "expiry", "rotated", "rotation", "forgotten", "lost", "sent", "by",
		"via", "in", "on", "the", "a", "an", "of", "for", "from", "with", "and", "or", "we", "please", "new", "old", "only", "week", "kw", "day",
		"month", "kein", "keine", "folgt", "ningun", "ninguna", "aucun", "aucune", "left", "out", "removed", "hidden", "redacted":
		return true
	}
	return strings.Trim(word, "-–—") == ""
}

// ordinary reports whether words begin with an amount, a small number, a time
// or the number of a ticket.
func ordinary(words []string) bool {
	first := strings.TrimRight(words[0], ".,;:!?)…")
	return ticket.MatchString(first) || len(words) > 1 && counted.MatchString(first) || amount.MatchString(strings.Join(words, " "))
}

// harmless reports whether words say something of a credential that is not
// here: that there is none, or where it is.
func harmless(words []string) bool {
	if len(words) == 0 {
		return true
	}
	for _, w := range words {
		w = strings.TrimRight(w, ".,;:!?)…")
		if mixed(w) || strings.ContainsAny(w, "@=#$%&*_+<>|") && !web.MatchString(w) {
			return ticket.MatchString(words[0]) && len(words) == 1
		}
	}
	return saying(words[0]) || ordinary(words)
}

// strong reports whether a word behind the name of a password can be one, with
// nothing else to tell.
func strong(word string) bool {
	word = strings.TrimRight(word, ".,;:!?)…")
	return word != "" && telling(word) && (hasDigit(word) || changes(word) >= 2 || strings.ContainsAny(word, "@#$%^&+=~!"))
}

// mixed reports whether a word has both letters and digits, or letters to and
// fro in two cases, and is no reference such as OPS-12345 and no date.
func mixed(word string) bool {
	word = strings.Trim(word, "\"'`*.,;:!?()[]{}…")
	if len(word) < 6 || ticket.MatchString(word) || counted.MatchString(word) || web.MatchString(word) || strings.Contains(word, "@") {
		return false
	}
	if scheme, _, ok := strings.Cut(word, ":"); ok && label(scheme) {
		return false
	}
	letters := strings.ContainsFunc(word, unicode.IsLetter)
	return letters && hasDigit(word) || changes(word) >= 3
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
