package discordspec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// place is where something is in a body: "embeds/0/title".
type place string

// in is the place of a member.
func (p place) in(name string) place {
	if p == "" {
		return place(name)
	}
	return p + "/" + place(name)
}

// at is the place of an element.
func (p place) at(i int) place { return p.in(strconv.Itoa(i)) }

// report gathers what is wrong, every sentence once.
type report struct {
	list []string
	name func(place) string // words for a place; nil = none
}

func (r *report) add(at place, format string, a ...any) {
	s := fmt.Sprintf(format, a...)
	if at != "" {
		words := string(at)
		if r.name != nil {
			words += r.name(at)
		}
		s = words + ": " + s
	}
	if !slices.Contains(r.list, s) {
		r.list = append(r.list, s)
	}
}

// The sentences that the document and the rules have in common.
const (
	isEmpty  = "it is empty"
	tooLong  = "%d characters are more than %d"
	tooShort = "%d characters are fewer than %d"
	tooMany  = "%d entries are more than %d"
	tooFew   = "%d entries are fewer than %d"
)

// length wants least to most characters. A text that shows nothing has none.
func (r *report) length(at place, s string, least, most int) {
	switch n := size(s); {
	case least > 0 && strings.TrimSpace(s) == "":
		r.add(at, isEmpty)
	case n < least:
		r.add(at, tooShort, n, least)
	case n > most:
		r.add(at, tooLong, n, most)
	}
}

// count wants at most so many entries.
func (r *report) count(at place, n, most int) {
	if n > most {
		r.add(at, tooMany, n, most)
	}
}

// once wants a value only once; seen is where it was first.
func (r *report) once(seen map[string]place, at place, what, value string) {
	if first, ok := seen[value]; ok {
		r.add(at, "the %s %s is that of %s as well", what, short(value), first)
		return
	}
	seen[value] = at
}
