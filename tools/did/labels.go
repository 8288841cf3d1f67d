package did

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/numberlist"
	"didops/internal/redact"
	"didops/internal/sanitize"
	"didops/internal/view"
	"didops/tools"
)

// Inventory is what is known of own numbers that the exchange does not know. It
// is safe for concurrent use.
type Inventory interface {
	// LabelsOf returns the labels by digits of numbers, of all numbers for none
	// named.
	LabelsOf(ctx context.Context, numbers ...string) (map[string]inventory.Labels, error)
	// Own returns the own numbers as of a look that is no older than maxAge; 0 =
	// whatever is known.
	Own(ctx context.Context, maxAge time.Duration, gone bool) (inventory.Own, error)
}

// NoLabel is what people write to take a label away, or to ask for what has
// none.
const NoLabel = "none"

// LabelWish is labels as people write them. What is nil is not asked for; a
// text that is empty or [NoLabel] takes the label away, and so does an empty list.
type LabelWish struct {
	Owner, CostCentre, Note *string
	// Tags are words, each with a + or − before it, which is added or taken away,
	// or all without, which stand in place of those that are there.
	Tags []string
}

// Empty reports whether nothing is asked for.
func (w LabelWish) Empty() bool {
	return w.Owner == nil && w.CostCentre == nil && w.Note == nil && w.Tags == nil
}

// Patch returns what is asked for. What can't be kept is Invalid, with its field:
// what is too long, what a spreadsheet spoiled, what holds a password or what is
// secret (nil = nothing is), and tags of which some would be added and others stand
// for all.
func (w LabelWish) Patch(secret func(text string) bool) (inventory.Patch, error) {
	var p inventory.Patch
	for _, text := range []struct {
		field string
		most  int
		given *string
		into  **string
	}{
		{"owner", inventory.MaxOwner, w.Owner, &p.Owner},
		{"cost_centre", inventory.MaxOwner, w.CostCentre, &p.CostCentre},
		{"note", inventory.MaxNote, w.Note, &p.Note},
	} {
		if text.given == nil {
			continue
		}
		label, err := readLabel(text.field, *text.given, text.most)
		if err == nil {
			err = guarded(text.field, label, secret)
		}
		if err != nil {
			return p, err
		}
		*text.into = &label
	}
	// A secret with a comma in it may have come as two tags.
	if err := guarded("tags", sanitize.Clean(strings.Join(w.Tags, ","), math.MaxInt), secret); err != nil {
		return p, err
	}
	return p, w.tags(&p)
}

// guarded refuses what holds a secret of the configuration.
func guarded(field, text string, secret func(string) bool) error {
	if secret == nil || !secret(text) {
		return nil
	}
	return fault.New(fault.Invalid, "%s holds a secret of the configuration", field).WithField(field).
		WithHint("leave it out: labels are read by everybody who may list numbers")
}

func readLabel(field, text string, most int) (string, error) {
	label := sanitize.Clean(view.Unquoted(strings.TrimSpace(text)), math.MaxInt)
	spoiled := numberlist.Spoiled(label)
	switch n := utf8.RuneCountInString(label); {
	case strings.EqualFold(label, NoLabel):
		return "", nil
	case n > most:
		return "", fault.New(fault.Invalid, "%s has %d characters, and at most %d are kept", field, n, most).WithField(field)
	case spoiled != "":
		return "", fault.New(fault.Invalid, "%s: %s %s", field, sanitize.Clean(label, 40), spoiled).WithField(field)
	case redact.Text(label) != label:
		return "", fault.New(fault.Invalid, "%s holds a password, key or token, which is not taken down", field).WithField(field).
			WithHint("leave it out: labels are read by everybody who may list numbers")
	}
	return label, nil
}

// tagParts reports what stands between tags in a text.
func tagParts(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }

func (w LabelWish) tags(p *inventory.Patch) error {
	if w.Tags == nil {
		return nil
	}
	all := []string{}
	for _, text := range w.Tags {
		for word := range strings.FieldsFuncSeq(view.Unquoted(text), tagParts) {
			into := &all
			switch first, size := utf8.DecodeRuneInString(word); first {
			case '+', '＋':
				into, word = &p.AddTags, word[size:]
			case '-', '−', '–', '－':
				into, word = &p.RemoveTags, word[size:]
			}
			tag, err := Tag(word)
			if err != nil {
				return err
			}
			if !slices.Contains(*into, tag) {
				*into = append(*into, tag)
			}
		}
	}
	if len(p.AddTags)+len(p.RemoveTags) > 0 {
		return tagChanges(p, all)
	}
	return tagsInPlace(p, all)
}

// tagChanges refuses changes of tags of which it can't be told what they come to.
func tagChanges(p *inventory.Patch, all []string) error {
	both := slices.IndexFunc(p.AddTags, func(t string) bool { return slices.Contains(p.RemoveTags, t) })
	switch {
	case len(all) > 0:
		return fault.New(fault.Invalid, "tags are either all with + or − before them, or all without: %q is without", all[0]).WithField("tags").
			WithHint("+new,-old changes these two; new alone takes the place of all that are there")
	case both >= 0:
		return fault.New(fault.Invalid, "the tag %q would be added and taken away", p.AddTags[both]).WithField("tags")
	case slices.Contains(slices.Concat(p.AddTags, p.RemoveTags), NoLabel):
		return noneAlone()
	}
	return nil
}

// tagsInPlace takes tags over that stand in place of those that are there.
func tagsInPlace(p *inventory.Patch, all []string) error {
	switch {
	case slices.Contains(all, NoLabel) && len(all) > 1:
		return noneAlone()
	case slices.Contains(all, NoLabel):
		all = []string{}
	case len(all) > inventory.MaxTags:
		return fault.New(fault.Invalid, "%d tags are too many: a number has at most %d", len(all), inventory.MaxTags).WithField("tags")
	}
	slices.Sort(all)
	p.Tags = &all
	return nil
}

func noneAlone() error {
	return fault.New(fault.Invalid, "%q stands alone: it takes all tags away", NoLabel).WithField("tags")
}

// Tag reads one tag: a word in small letters. What is none is Invalid.
func Tag(text string) (string, error) {
	tag := strings.ToLower(strings.TrimPrefix(sanitize.Clean(view.Unquoted(text), math.MaxInt), "#"))
	first, _ := utf8.DecodeRuneInString(tag)
	bad := fault.New(fault.Invalid, "%q is no tag", sanitize.Clean(text, inventory.MaxTag)).WithField("tags").
		WithHint("a tag is one word of at most %d letters, digits and - _ . : / @ & + #, such as pool or dc-1", inventory.MaxTag)
	switch {
	case !unicode.IsLetter(first) && !unicode.IsDigit(first), utf8.RuneCountInString(tag) > inventory.MaxTag:
		return "", bad
	case strings.ContainsFunc(tag, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("-_.:/@&+#", r)
	}), redact.Text(tag) != tag:
		return "", bad
	}
	return tag, nil
}

// LabelWords tells labels in a few words, each as a quotation; "" for none.
func LabelWords(l inventory.Labels) string {
	var parts []string
	for _, p := range [][2]string{{"owner", l.Owner}, {"cost centre", l.CostCentre}, {"tags", strings.Join(l.Tags, ", ")}, {"note", l.Note}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+view.Quoted(p[1]))
		}
	}
	return strings.Join(parts, ", ")
}

// CompleteOwner suggests owners that there are, the most used first, and nothing
// where there is no inventory.
func CompleteOwner(from Inventory) tools.Completer {
	return completeLabel(from, func(l inventory.Labels) []string { return []string{l.Owner} })
}

// CompleteCostCentre does what [CompleteOwner] does for cost centres.
func CompleteCostCentre(from Inventory) tools.Completer {
	return completeLabel(from, func(l inventory.Labels) []string { return []string{l.CostCentre} })
}

// CompleteTags does so for tags. What stands before a tag stays.
func CompleteTags(from Inventory) tools.Completer {
	plain := completeLabel(from, func(l inventory.Labels) []string { return l.Tags })
	return func(ctx context.Context, partial string) []tools.Choice {
		word := strings.TrimLeft(partial, "+-−")
		sign := partial[:len(partial)-len(word)]
		list := plain(ctx, strings.ToLower(word))
		for i := range list {
			list[i].Value = sign + list[i].Value
		}
		return list
	}
}

func completeLabel(from Inventory, pick func(inventory.Labels) []string) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		if from == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, completeWithin)
		defer cancel()
		labels, err := from.LabelsOf(ctx)
		if err != nil {
			return nil
		}
		used := map[string]int{}
		for _, l := range labels {
			for _, word := range pick(l) {
				if word != "" && begins(word, partial) {
					used[word]++
				}
			}
		}
		return mostUsed(used)
	}
}

func mostUsed(used map[string]int) []tools.Choice {
	words := slices.SortedFunc(maps.Keys(used), func(a, b string) int { return cmp.Or(used[b]-used[a], strings.Compare(a, b)) })
	var list []tools.Choice
	for _, w := range words[:min(len(words), suggestMost)] {
		list = append(list, tools.Choice{Value: w, Label: view.Plural(used[w], "number")})
	}
	return list
}
