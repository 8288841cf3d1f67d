package phone

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// meant returns the countries that a name may mean: one, or several where it
// is ambiguous or names one country and another, or none where it is unknown.
func (x *lexicon) meant(text string) []string {
	front, aside, ok := apart(text)
	if ok && x.isCode(aside) {
		return x.listed(text, x.both(x.whole(front), aside))
	}
	if isos := x.whole(text); len(isos) > 0 {
		return x.unbroken(text, isos)
	}
	if ok {
		for _, joined := range []string{aside + " " + front, front + " " + aside} {
			if isos := x.whole(joined); len(isos) > 0 {
				return isos
			}
		}
		if isos := x.both(x.whole(front), aside); len(isos) > 0 {
			return isos
		}
	}
	return x.beside(text)
}

// listed returns the country that a name with a comma and a code behind it is
// listed for, "China, PR", or else all that are given.
func (x *lexicon) listed(text string, isos []string) []string {
	if x.spaced[spacing(text)] && !strings.ContainsAny(norm.NFKC.String(text), "([{") {
		return x.names[key(text)].isos
	}
	return isos
}

// claimed returns the countries that a seller's words for a number may mean.
func (x *lexicon) claimed(text string) []string {
	if isos := x.meant(text); len(isos) > 0 {
		return isos
	}
	all := words(fold(text))
	kept := slices.DeleteFunc(slices.Clone(all), kindOfNumber)
	if len(kept) == len(all) {
		return nil
	}
	return x.whole(strings.Join(kept, " "))
}

// kindOfNumber reports whether a folded word tells kinds of numbers apart and
// not countries.
func kindOfNumber(word string) bool {
	switch word {
	case "toll", "free", "tollfree", "freephone", "freecall", "mobile", "cellular", "fixed", "landline", "geographic", "non",
		"national", "local", "premium", "rate", "shared", "cost", "personal", "voip", "number", "numbers", "did", "dids":
		return true
	}
	return false
}

// isCode reports whether text is a code, written as one: LA, which is not the
// article that it may be in small letters.
func (x *lexicon) isCode(text string) bool {
	code := strings.TrimSpace(text)
	return len(code) <= longestCode && code == strings.ToUpper(code) && len(x.whole(code)) == 1
}

// whole returns the countries that go by a name as it is, or without the form
// of the state in front of it.
func (x *lexicon) whole(text string) []string {
	if known, ok := x.names[key(text)]; ok {
		return known.isos
	}
	if isos := x.abbreviated(text); len(isos) > 0 {
		return isos
	}
	if bare, ok := withoutForm(text); ok {
		return x.whole(bare)
	}
	return nil
}

// abbreviated returns the countries that go by a name in which "Rep." is short
// for a word of French, or of Spanish or Portuguese; that it is short for one of
// English is seen by [key].
func (x *lexicon) abbreviated(text string) []string {
	all := words(fold(text))
	if len(all) == 1 || !slices.Contains(all, "rep") {
		return nil
	}
	for _, full := range []map[string]string{
		{"rep": "republique", "dem": "democratique", "pop": "populaire", "fed": "federale", "isl": "islamique"},
		{"rep": "republica", "dem": "democratica", "pop": "popular", "fed": "federal", "isl": "islamica"},
	} {
		spelt := slices.Clone(all)
		for i, word := range all {
			spelt[i] = cmp.Or(full[word], word)
		}
		if known, ok := x.names[key(strings.Join(spelt, " "))]; ok {
			return known.isos
		}
	}
	return nil
}

// both returns which of the countries in front an aside means as well. An
// aside that is nothing but the form of a state says nothing; one that names
// the state to which a territory belongs tells territories of one name apart;
// one that names another country makes it unclear which is meant, and one that
// is not understood could turn the meaning ("Sudan (South)"), so that nothing
// is known.
func (x *lexicon) both(front []string, aside string) []string {
	if digits, ok := dialled(aside); ok {
		return agreed(front, x.dialledBy(digits))
	}
	other := x.whole(aside)
	if len(front) == 0 || len(other) == 0 && isForm(aside) {
		return front
	}
	if len(other) == 0 {
		return nil
	}
	return x.common(front, other)
}

// common returns which countries two names mean that stand side by side: those
// that both mean, or else the territories of the second in the first, or else
// all of them.
func (x *lexicon) common(front, other []string) []string {
	var owned []string
	for _, iso := range front {
		if slices.Contains(other, x.sovereign[iso]) {
			owned = append(owned, iso)
		}
	}
	if disjoint := !slices.ContainsFunc(front, func(iso string) bool { return slices.Contains(other, iso) }); disjoint && len(owned) > 0 {
		return owned
	}
	return agreed(front, other)
}

// agreed returns the countries that two texts both mean, or else all of them.
func agreed(front, other []string) []string {
	if len(front) == 0 || len(other) == 0 {
		return nil
	}
	var both []string
	for _, iso := range front {
		if slices.Contains(other, iso) {
			both = append(both, iso)
		}
	}
	if len(both) > 0 {
		return both
	}
	return append(slices.Clone(front), other...)
}

// apart splits a name at its first parentheses, or else at its first comma.
func apart(text string) (front, aside string, ok bool) {
	text = norm.NFKC.String(text)
	if before, rest, ok := cutAny(text, "([{"); ok {
		inside, behind, _ := cutAny(rest, ")]}")
		return before + " " + behind, inside, true
	}
	return cutAny(text, ",،、")
}

// cutAny cuts text around the first of the given characters.
func cutAny(text, chars string) (before, after string, found bool) {
	i := strings.IndexAny(text, chars)
	if i < 0 {
		return text, "", false
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return text[:i], text[i+size:], true
}

// withoutForm cuts an article off a name, or else leading words such as
// "Islamic Republic of". It leaves no code: "La US" is not the US. An article in
// capitals that the rest is not written in is a code: "LA Malta" is no name.
func withoutForm(text string) (string, bool) {
	all := words(fold(text))
	from := span(all, article)
	if first := words(text); from > 0 && len(first[0]) > 1 && first[0] == strings.ToUpper(first[0]) && text != strings.ToUpper(text) {
		return "", false
	}
	if from == 0 {
		forms := span(all, stateForm)
		if joints := span(all[forms:], joint); forms > 0 && joints > span(all[forms:], article) {
			from = forms + joints
		}
	}
	bare := strings.Join(all[from:], " ")
	return bare, from > 0 && len(bare) > longestCode
}

// span returns how many of the first words fit.
func span(all []string, fits func(string) bool) int {
	n := slices.IndexFunc(all, func(word string) bool { return !fits(word) })
	if n < 0 {
		return len(all)
	}
	return n
}

// isForm reports whether text is nothing but the form of a state.
func isForm(text string) bool {
	all := words(fold(text))
	return !slices.ContainsFunc(all, func(word string) bool { return !stateForm(word) && !joint(word) })
}

// stateForm reports whether a folded word says what kind of state it is, in
// English or French, which ISO and the UN give names in, or in Spanish,
// Portuguese, German or Italian.
func stateForm(word string) bool {
	switch word {
	case "republic", "kingdom", "state", "states", "federal", "federation",
		"federative", "federated", "democratic", "people", "peoples", "socialist", "islamic", "rep", "dem", "fed", "soc", "isl", "plurin",
		"arab", "hashemite", "sultanate", "principality", "grand", "duchy",
		"commonwealth", "union", "united", "independent", "plurinational",
		"bolivarian", "cooperative", "co", "operative", "territory", "bailiwick":
		return true
	case "republique", "republica", "republik", "bundesrepublik", "repubblica",
		"royaume", "reino", "regno", "konigreich", "principaute", "principado", "principato", "furstentum",
		"etat", "etats", "estado", "federale", "federativa",
		"democratique", "democratica", "demokratische", "populaire", "popular", "socialiste", "socialista",
		"islamique", "islamica", "arabe", "hachemite", "sultanat", "sultanato", "duche", "unie", "uni", "unida", "plurinacional", "bolivarienne", "bolivariana":
		return true
	}
	return false
}

// joint reports whether a folded word joins the form of a state to its name.
func joint(word string) bool {
	switch word {
	case "of", "de", "du", "des", "d", "del", "do", "da", "dos", "di", "della":
		return true
	}
	return article(word)
}

func article(word string) bool {
	switch word {
	case "the", "la", "le", "les", "l", "el", "los", "las":
		return true
	}
	return false
}
