// Package redact masks credentials in what people and models write: the
// reason of a request, the name of a client, a value repeated in an error.
//
// It is a last line, not a wall: a text is masked where it holds a secret that
// is configured, or has the shape of a credential. What has neither, such as a
// password of plain words, can't be told from prose.
package redact

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Mask stands where a secret was.
const Mask = "***"

const (
	shortest = 4 // characters of a configured secret that is looked for: shorter ones are everyday words
	loosely  = 8 // characters of one that is also found in another case, spaced, and within words
)

// Redactor masks the secrets that it was made with, and what has the shape of
// a credential; the zero Redactor masks the latter only. It is safe for
// concurrent use.
type Redactor struct {
	exact   []string // short ones, which have to be whole words
	folded  []string // the others, as [fold] returns them
	digests map[string]bool
}

// New returns a redactor for the secrets, in the clear and as base64 and
// hexadecimal write them, and for the words that have one of the SHA-256
// digests, which are in hexadecimal. Secrets of less than four characters are
// left out.
func New(secrets, digests []string) Redactor {
	r := Redactor{digests: map[string]bool{}}
	for _, s := range secrets {
		raw := []byte(s)
		switch n := utf8.RuneCountInString(s); {
		case n < shortest:
		case n < loosely:
			r.exact = append(r.exact, s)
		default:
			for _, form := range []string{s, base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
				if text, _ := fold(form); len(text) >= shortest {
					r.folded = append(r.folded, text)
				}
			}
		}
	}
	for _, d := range digests {
		r.digests[strings.ToLower(d)] = true
	}
	return r
}

// Text returns s with everything masked that has the shape of a credential, as
// the zero [Redactor] does.
func Text(s string) string { return Redactor{}.Text(s) }

// Message returns a text of this program that may repeat what somebody gave,
// such as an error, with the secrets masked that are unmistakable. Names of
// settings before a colon, and digests, are parts of such texts.
func (r Redactor) Message(s string) string { return apart(r.configured(s), unmistakable) }

// Message masks as the Message of the zero [Redactor] does.
func Message(s string) string { return Redactor{}.Message(s) }

// layers is how many encodings around each other are undone.
const layers = 3

// Text returns s with every secret in it masked. One that is written in
// percent-encoding, as HTML or in characters of another width is found too;
// the text is then returned decoded.
func (r Redactor) Text(s string) string {
	s = r.mask(s)
	plain := s
	for range layers {
		inner := decoded(plain)
		if inner == plain {
			break
		}
		plain = inner
		if masked := r.mask(plain); masked != plain {
			return r.Text(masked)
		}
	}
	return s
}

// Holds reports whether s holds a secret that the redactor was made with, as it
// is or encoded.
func (r Redactor) Holds(s string) bool {
	for range layers + 1 {
		if r.configured(s) != s {
			return true
		}
		s = decoded(s)
	}
	return false
}

func (r Redactor) mask(s string) string {
	return apart(r.configured(s), func(s string) string { return likely(unmistakable(s)) })
}

var percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// decoded undoes one layer of encoding.
func decoded(s string) string {
	s = percent.ReplaceAllStringFunc(s, func(code string) string {
		b, _ := hex.DecodeString(code[1:])
		return string(b)
	})
	return norm.NFKC.String(html.UnescapeString(strings.ToValidUTF8(s, "")))
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// configured masks the secrets that the redactor was made with.
func (r Redactor) configured(s string) string {
	var found []span
	if len(r.folded) > 0 {
		text, at := fold(s)
		for _, secret := range r.folded {
			for from := 0; ; {
				i := strings.Index(text[from:], secret)
				if i < 0 {
					break
				}
				from += i
				found = append(found, span{at[from].from, at[from+len(secret)-1].to})
				from += len(secret)
			}
		}
	}
	if len(r.exact) > 0 || len(r.digests) > 0 {
		for _, w := range words(s) {
			if r.isWord(s[w.from:w.to]) {
				found = append(found, w)
			}
		}
	}
	return covered(s, found)
}

// isWord reports whether a word is a short secret or has one of the digests.
func (r Redactor) isWord(word string) bool {
	if slices.Contains(r.exact, word) {
		return true
	}
	if len(r.digests) == 0 {
		return false
	}
	sum := sha256.Sum256([]byte(word))
	return r.digests[hex.EncodeToString(sum[:])]
}

// covered returns s with the spans masked, of those that overlap one for all.
func covered(s string, found []span) string {
	if len(found) == 0 {
		return s
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	end := 0
	for i, f := range found {
		if i == 0 || f.from > end {
			b.WriteString(s[end:f.from])
			b.WriteString(Mask)
		}
		end = max(end, f.to)
	}
	b.WriteString(s[end:])
	return b.String()
}

// fold returns s in lower case and without white space and the signs by which
// people break a long word up, and for each of its bytes the character of s
// that it stands for.
func fold(s string) (string, []span) {
	var b strings.Builder
	at := make([]span, 0, len(s))
	for i, r := range s {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) || strings.ContainsRune("._·", r) {
			continue
		}
		n, _ := b.WriteRune(unicode.ToLower(r))
		_, w := utf8.DecodeRuneInString(s[i:])
		for range n {
			at = append(at, span{i, i + w})
		}
	}
	return b.String(), at
}

// words returns what stands between white space and quotation marks, whole and
// without the punctuation around it, and the parts on both sides of each "="
// and ":".
func words(s string) []span {
	var list []span
	for _, w := range between(s, 0, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`“”‘’«»", r) }) {
		list = append(list, w)
		list = append(list, between(s[w.from:w.to], w.from, func(r rune) bool { return strings.ContainsRune(",;()[]{}<>!?", r) })...)
		list = append(list, between(s[w.from:w.to], w.from, func(r rune) bool { return strings.ContainsRune(",;()[]{}<>!?.:=@/&#", r) })...)
	}
	return list
}

// between returns what of s, which begins at base, lies between the characters
// that cut it.
func between(s string, base int, cuts func(rune) bool) []span {
	var list []span
	from := 0
	for i, r := range s + " " {
		if i < len(s) && !cuts(r) {
			continue
		}
		if i > from {
			list = append(list, span{base + from, base + i})
		}
		from = i + utf8.RuneLen(r)
	}
	return list
}
