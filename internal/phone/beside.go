package phone

import (
	"iter"
	"slices"
	"strings"
)

// mostWords is the most words of a name that is looked at from every side.
const mostWords = 12

// cuts yields the two parts of a text for each place between two words of it,
// whatever stands there: "Germany - DE" is "Germany" and "DE".
func cuts(text string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		all := words(text)
		if len(all) > mostWords {
			return
		}
		for i := 1; i < len(all); i++ {
			if !yield(strings.Join(all[:i], " "), strings.Join(all[i:], " ")) {
				return
			}
		}
	}
}

// beside returns the countries that a text means whose parts stand side by side
// without a comma: a name with its words in another order ("Sudan South"), with
// the form of its state behind it, or with another name or a code of the same
// country ("Germany - DE"). No word is left out of account. What can be read in
// two ways means the countries of both, unless the words turned round are the
// name of one of them: "China - Hong Kong".
func (x *lexicon) beside(text string) []string {
	var turned, found []string
	for front, behind := range cuts(text) {
		if !x.isCode(front) && !x.isCode(behind) {
			turned = append(turned, x.names[key(behind+" "+front)].isos...)
		}
		found = append(found, x.pair(front, behind)...)
	}
	if len(turned) == 1 && slices.Contains(found, turned[0]) {
		return turned
	}
	for front, behind := range cuts(text) {
		found = append(found, x.whole(behind+" "+front)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// pair returns the countries that two parts of a text mean together, nil where
// one of them is neither a name nor the form of a state. The second part may be
// of several again.
func (x *lexicon) pair(front, behind string) []string {
	first, firstDigits := x.side(front)
	second, secondDigits := x.side(behind)
	if len(first) > 0 && len(second) == 0 {
		if second = x.beside(behind); len(second) > 1 {
			return slices.Concat(first, second)
		}
	}
	switch {
	case len(first) > 0 && len(second) > 0 && (firstDigits || secondDigits):
		return agreed(first, second)
	case len(first) > 0 && len(second) > 0:
		return x.common(first, second)
	case len(second) == 0 && statesForm(behind):
		return first
	case len(first) == 0 && statesForm(front):
		return second
	}
	return nil
}

// side returns the countries of a name, or of a dialling code. Two letters
// beside another word have to be capitals to be a code: "no Norway" is not.
func (x *lexicon) side(text string) (isos []string, digits bool) {
	if code, ok := dialled(text); ok {
		return x.dialledBy(code), true
	}
	if len(text) < longestCode && text != strings.ToUpper(text) && text != "uk" {
		return nil, false
	}
	return x.whole(text), false
}

// unbroken returns the countries of a name that is known, with those of another
// name and a code in capitals that are written the same but for the space:
// "Dominica NA" is not Dominicana. A name that is listed with that space stands,
// and so does one of a territory behind the code of its state.
func (x *lexicon) unbroken(text string, isos []string) []string {
	for front, behind := range cuts(text) {
		code, other := front, behind
		if !x.isCode(code) {
			code, other = behind, front
		}
		if !x.isCode(code) || len(key(other)) <= longestCode || x.spaced[spacing(text)] {
			continue
		}
		owner := x.whole(code)[0]
		if slices.ContainsFunc(isos, func(iso string) bool { return x.sovereign[iso] == owner }) {
			continue
		}
		if both := x.pair(front, behind); len(both) > 0 {
			both = append(both, isos...)
			slices.Sort(both)
			return slices.Compact(both)
		}
	}
	return isos
}

// statesForm reports whether text is the form of a state.
func statesForm(text string) bool {
	return isForm(text) && slices.ContainsFunc(words(fold(text)), stateForm)
}

// offDialled reports whether text is what a place is called that has no dialling
// code of its own, in whatever order: "Georgia (South)".
func (x *lexicon) offDialled(text string) bool {
	if x.undialled[key(text)] {
		return true
	}
	for front, behind := range cuts(text) {
		if x.undialled[key(behind+" "+front)] {
			return true
		}
	}
	return false
}
