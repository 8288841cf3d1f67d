package phone

import (
	"strings"
	"unicode"
)

// joined says, as the rest of a sentence, that a text may be more than one
// number: a range, a choice of endings, or a number and an extension. Read as one
// they would be a number that nobody wrote: 97150-97155 is no 9715097155. It returns "" for every other text.
//
// A slash counts as that of an area code, as in +49 30/1234567, where fewer than
// seven digits stand before it and four or more behind it. A dash behind ten
// digits or more in one piece is none that groups digits. Two groups of as many
// digits that begin alike are the ends of a range, as are any two with more than
// one point between.
func joined(text string) string {
	groups := groupsOf(text)
	before := 0
	for i, g := range groups {
		before += g.digits
		if i == len(groups)-1 {
			break
		}
		switch {
		case strings.Contains(g.behind, ".."):
			return isRange
		case strings.Contains(g.behind, "/") && (before >= leastOfSeveral || after(groups[i+1:]) < 4):
			return "has a slash, behind which another ending may stand"
		case i == 0 && g.digits >= leastWhole && strings.ContainsFunc(g.behind, dash):
			return isRange
		}
	}
	if len(groups) == 2 && groups[0].digits == groups[1].digits && groups[0].digits >= 3 && groups[0].lead == groups[1].lead {
		if strings.TrimSpace(groups[0].behind) == "" {
			return "could be one number or two"
		}
		return isRange
	}
	return ""
}

const (
	// leastWhole is how many digits in one piece are a whole number, to which
	// what stands behind a dash does not belong.
	leastWhole = 10

	isRange = "may be a range or have an extension"
)

// group is digits that stand together, and what parts them from the next.
type group struct {
	digits int
	lead   [2]byte // the first of them
	behind string
}

// groupsOf returns the groups of digits of a text, without what is in front.
func groupsOf(text string) []group {
	var list []group
	text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
		if end < 0 {
			end = len(text)
		}
		var g group
		for _, r := range text[:end] {
			if g.digits < len(g.lead) {
				g.lead[g.digits] = value(r)
			}
			g.digits++
		}
		text = text[end:]
		next := strings.IndexFunc(text, unicode.IsDigit)
		if next < 0 {
			next = len(text)
		}
		g.behind, text = text[:next], text[next:]
		list = append(list, g)
	}
	return list
}

func after(groups []group) int {
	n := 0
	for _, g := range groups {
		n += g.digits
	}
	return n
}

func dash(r rune) bool { return r == '−' || unicode.Is(unicode.Pd, r) }
