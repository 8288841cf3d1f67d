package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/phone"
	"didops/internal/sanitize"
	"didops/internal/view"
)

// LabelledEvent is the event of the audit trail that tells of labels.
const LabelledEvent = "labelled"

// ask is how young the list has to be by which a number is taken for not known.
const ask = time.Minute

// Labelled is what a patch did, or would do, to a number.
type Labelled struct {
	Number   string
	From, To Labels
	Known    bool // the number is ours, or was, or a purchase of it is under way
}

// takes reports whether a number takes the labels that were asked for with a
// purchase at a moment: it has none, and had none taken away since.
func (k Kept) takes(asked time.Time) bool { return k.IsZero() && k.At.Before(asked) }

// LabelsOf returns the labels by digits of numbers, of all numbers for none
// named; those without labels are not in it. Those of a purchase that is done
// count before a look has seen it.
func (s *Service) LabelsOf(ctx context.Context, numbers ...string) (map[string]Labels, error) {
	of, err := s.purchases(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]Kept{}
	err = s.c.Store.Read(ctx, func(tx Tx) error {
		clear(all)
		if len(numbers) == 0 {
			return tx.Labels(s.c.Exchange, func(number string, k Kept) error {
				all[number] = k
				return nil
			})
		}
		for _, n := range numbers {
			k, err := tx.LabelsOf(s.c.Exchange, n)
			if err != nil {
				return err
			}
			all[n] = k
		}
		return nil
	})
	out := map[string]Labels{}
	for n, k := range all {
		out[n] = k.Labels
	}
	for n, d := range of {
		if k, asked := all[n]; (asked || len(numbers) == 0) && d.Sure && k.takes(d.At) {
			out[n] = d.Labels
		}
	}
	maps.DeleteFunc(out, func(_ string, l Labels) bool { return l.IsZero() })
	return out, present(damaged(err))
}

// purchases returns the last purchase of numbers that orders bought lately and did
// not give up since.
func (s *Service) purchases(ctx context.Context) (map[string]Doing, error) {
	of, err := s.lately(ctx, s.now().Add(-remember))
	if err != nil {
		return nil, err
	}
	list := map[string]Doing{}
	for n := range of {
		if d, ok := (doings{of: of}).last(n, purchase, unsubscribe); ok && d.Kind == purchase {
			list[n] = d
		}
	}
	return list, nil
}

// Label changes the labels of numbers in one transaction, with an audit entry
// each that changes; dry changes nothing. A label that can't be kept is Invalid,
// with the field (see [Patch.Apply]); a number that was never ours is in the
// answer as not Known, and nothing is changed then unless force. The answer is by
// digits.
func (s *Service) Label(ctx context.Context, by identity.Caller, patches map[string]Patch, dry, force bool) ([]Labelled, error) {
	numbers := slices.Sorted(maps.Keys(patches))
	for _, n := range numbers {
		if d, err := phone.Digits(n); err != nil || d != n {
			return nil, fault.New(fault.Invalid, "%q is not a telephone number", sanitize.Clean(n, 40)).WithField("numbers")
		}
		if _, err := patches[n].Apply(Labels{}); err != nil {
			return nil, err
		}
	}
	bought, err := s.purchases(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.preview(ctx, numbers, patches, bought)
	if err != nil {
		return nil, err
	}
	if dry || !force && slices.ContainsFunc(out, Labelled.unknown) {
		return out, nil
	}
	err = s.c.Store.Write(ctx, func(tx Tx) (err error) {
		if out, err = s.patched(tx, numbers, patches, bought); err != nil {
			return err
		}
		return s.relabel(tx, by, out)
	})
	return out, damaged(err)
}

// preview returns what patches would come to. The list is read for numbers that are
// not known, which may be new.
func (s *Service) preview(ctx context.Context, numbers []string, patches map[string]Patch, bought map[string]Doing) ([]Labelled, error) {
	var out []Labelled
	for last := false; ; last = true {
		err := s.c.Store.Read(ctx, func(tx Tx) (err error) {
			out, err = s.patched(tx, numbers, patches, bought)
			return err
		})
		if present(err) != nil {
			return nil, damaged(err)
		}
		if err != nil { // there is no store yet
			if out, err = unkept(numbers, patches); err != nil {
				return nil, err
			}
		}
		if last || !slices.ContainsFunc(out, Labelled.unknown) {
			return out, nil
		}
		if _, err := s.renew(ctx, ask); err != nil {
			return out, nil //nolint:nilerr // what is known is known
		}
	}
}

func (l Labelled) unknown() bool { return !l.Known }

// unkept is what patches come to where nothing is kept.
func unkept(numbers []string, patches map[string]Patch) ([]Labelled, error) {
	list := make([]Labelled, 0, len(numbers))
	for _, n := range numbers {
		to, err := patches[n].Apply(Labels{})
		if err != nil {
			return nil, numbered(err, n)
		}
		list = append(list, Labelled{Number: n, To: to})
	}
	return list, nil
}

// patched returns what patches come to.
func (s *Service) patched(tx Tx, numbers []string, patches map[string]Patch, bought map[string]Doing) ([]Labelled, error) {
	kept, known, err := s.keptOf(tx, numbers)
	if err != nil {
		return nil, err
	}
	list := make([]Labelled, len(numbers))
	for i, n := range numbers {
		l := &list[i]
		l.Number = n
		k := kept[n]
		d, buys := bought[n]
		if l.From = k.Labels; buys && d.Sure && k.takes(d.At) {
			l.From = d.Labels
		}
		if l.To, err = patches[n].Apply(l.From); err != nil {
			return nil, numbered(err, n)
		}
		l.Known = buys || known[n]
	}
	return list, nil
}

// oneByOne is of how many numbers what is kept is read by themselves, rather than
// what is kept of all.
const oneByOne = 200

// keptOf returns the labels that are kept of numbers, and which of them are ours or
// were.
func (s *Service) keptOf(tx Tx, numbers []string) (map[string]Kept, map[string]bool, error) {
	kept, known := make(map[string]Kept, len(numbers)), make(map[string]bool, len(numbers))
	if len(numbers) > oneByOne {
		err := tx.Labels(s.c.Exchange, func(number string, k Kept) error {
			kept[number] = k
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		return kept, known, tx.Rows(s.c.Exchange, true, func(r *Row) error {
			known[r.Number] = true
			return nil
		})
	}
	for _, n := range numbers {
		var err error
		if kept[n], err = tx.LabelsOf(s.c.Exchange, n); err != nil {
			return nil, nil, err
		}
		if known[n], err = tx.Has(s.c.Exchange, n); err != nil {
			return nil, nil, err
		}
	}
	return kept, known, nil
}

// numbered adds the number to a fault.
func numbered(err error, number string) error {
	if f, ok := fault.As(err); ok {
		return fault.New(f.Code, "%s: %s", phone.Format(number), f.Message).WithField(f.Field).WithHint("%s", f.Hint)
	}
	return err
}

// relabel keeps labels and records what changed.
func (s *Service) relabel(tx Tx, by identity.Caller, list []Labelled) error {
	now, who := s.now(), by.Principal
	kept := map[string]Kept{}
	var entries []audit.Entry
	for _, l := range list {
		if l.From.Equal(l.To) {
			continue
		}
		kept[l.Number] = Kept{l.To, now}
		entries = append(entries, audit.Entry{
			Event: LabelledEvent, At: now, Exchange: s.c.Exchange, Number: phone.Format(l.Number), Result: relabelled(l.From, l.To),
			Actor: &audit.Actor{Realm: who.Realm, ID: who.ID, Name: short(who.Name), Client: short(who.Client), Via: by.Frontend.Via()},
		})
	}
	if err := tx.SaveLabels(s.c.Exchange, kept); err != nil {
		return err
	}
	return tx.AppendAll(entries)
}

func short(name string) string { return sanitize.Clean(name, 64) }

// relabelled says what of labels changed.
func relabelled(from, to Labels) string {
	var list []string
	for _, f := range []struct{ name, from, to string }{
		{"owner", from.Owner, to.Owner},
		{"cost centre", from.CostCentre, to.CostCentre},
		{"tags", strings.Join(from.Tags, ", "), strings.Join(to.Tags, ", ")},
		{"note", from.Note, to.Note},
	} {
		if f.from != f.to {
			list = append(list, fmt.Sprintf("%s %s, was %s", f.name, said(f.to), said(f.from)))
		}
	}
	return strings.Join(list, "; ")
}

func said(text string) string {
	if text == "" {
		return "none"
	}
	return view.Quoted(text)
}
