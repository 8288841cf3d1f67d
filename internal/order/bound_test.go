package order_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"didops/internal/money"
	"didops/internal/order"
)

// bookkeeping is what of a record may be another than the trail says, and why:
// it changes though nothing happens to the order, and decides nothing by
// itself.
var bookkeeping = map[string]string{ //nolint:gochecknoglobals // a table
	"RunnerUntil":     "the sign of life of a process: others wait at most a minute for it",
	"Lines.Seen":      "evidence under way: the next look must bear it out, and what it comes to is an entry",
	"Lines.Looks":     "as Seen",
	"Lines.FirstLook": "as Seen",
	"Lines.NextLook":  "when to look: whoever looks at the order looks at once",
	"Lines.Pause":     "as NextLook",
	"Lines.Missed":    "as Seen: it has a line looked for again",
}

// edit is one change of one field of a record.
type edit struct {
	field string // Lines[0].Message
	do    func()
}

// edits returns every change of a single field, or length, of what v points
// into.
func edits(v reflect.Value, field string) []edit {
	set := func(to any) []edit { return []edit{{field, func() { v.Set(reflect.ValueOf(to).Convert(v.Type())) }}} }
	switch was := v.Interface().(type) {
	case time.Time:
		if was.IsZero() {
			return set(time.Date(2026, 11, 29, 13, 0, 0, 0, time.UTC))
		}
		return set(was.Add(-time.Hour))
	case money.Amount:
		if !was.Known() {
			return set(money.MustParse("1.23"))
		}
		return set(was.Add(money.MustParse("1")))
	case order.Changes:
		to := "another"
		next := order.Changes{"field": {nil, &to}}
		return set(next)
	}
	switch v.Kind() { //nolint:exhaustive // the kinds that records have
	case reflect.String:
		return set(v.String() + "x")
	case reflect.Bool:
		return set(!v.Bool())
	case reflect.Int, reflect.Int64:
		return set(v.Int() + 1)
	case reflect.Uint8:
		return set(v.Uint() + 1)
	case reflect.Pointer:
		if v.IsNil() {
			return []edit{{field, func() { v.Set(reflect.New(v.Type().Elem())) }}}
		}
		return append(edits(v.Elem(), field), edit{field, func() { v.SetZero() }})
	case reflect.Struct:
		var list []edit
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if field != "" {
				name = field + "." + name
			}
			list = append(list, edits(v.Field(i), name)...)
		}
		return list
	case reflect.Slice:
		var list []edit
		for i := range v.Len() {
			list = append(list, edits(v.Index(i), fmt.Sprintf("%s[%d]", field, i))...)
		}
		if field == "Lines" || field == "Quote.Lines" { // no store reads a record in which these differ in length
			return list
		}
		list = append(list, edit{field, func() { v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem()))) }})
		if n := v.Len(); n > 0 {
			list = append(list, edit{field, func() { v.SetLen(n - 1) }})
		}
		return list
	}
	panic("no edit of " + field + ", a " + v.Type().String())
}

// editsOf returns every edit of a copy of a record, and the copy.
func editsOf(r order.Record) (*order.Record, []edit) {
	b := pack(r)
	next := unpack(b)
	var list []edit
	for _, e := range edits(reflect.ValueOf(&next).Elem(), "") {
		if e.field != "Quote.Lines[0].Gone" && e.field != "Quote.Lines[1].Gone" { // of a reading, and not kept
			list = append(list, e)
		}
	}
	return &next, list
}

var index = regexp.MustCompile(`\[\d+\]`)

// everyState makes orders that have come to all that orders come to.
func everyState(w *harness) []order.Order {
	w.Helper()
	w.settle = time.Hour
	d := w.engine("a")
	w.x.offer("9711", "9712", "9713", "9714", "9715", "9716", "9717", "9718")
	w.x.own("9721")
	ask := func(kind string, numbers ...string) order.Order {
		p := placement(alice(), kind, "sip:new", numbers...)
		p.Reason = "for the new office"
		o, err := d.Place(w.Context(), p)
		if err != nil {
			w.Fatal(err)
		}
		return o
	}
	w.x.will("9712", fate{answer: refuse})
	w.x.will("9713", fate{other: func(n *number) { n.monthly = "7.00" }})
	w.x.will("9714", fate{answer: lost, undone: true})
	list := []order.Order{
		d.approve(alice(), ask("purchase", "9711", "9712")), // partial
		d.approve(alice(), ask("purchase", "9713")),         // done, not as quoted
		d.approve(alice(), ask("purchase", "9714")),         // unknown
		d.decide(alice(), ask("purchase", "9715"), false),
		d.approve(alice(), ask("unsubscribe", "9721")),
	}
	moved := ask("purchase", "9716")
	w.x.set("9716", func(n *number) { n.monthly = "9.00" })
	list = append(list, d.approve(alice(), moved))
	w.may(func(p *order.Policy) { p.Needed = 2 })
	half := ask("purchase", "9717")
	d.approve(shell("bob"), half)
	list = append(list, half, ask("purchase", "9718"))
	if err := d.Close(); err != nil { // nobody looks for anything any more
		w.Fatal(err)
	}
	return list
}

// overwrite keeps a record in place of an order, whatever it is.
func overwrite(w *harness, id string, r order.Record) error {
	return w.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		is, err := tx.Order(id)
		if err != nil {
			return err
		}
		r.Rev = is.Rev
		return tx.Save(r)
	})
}

// verdict is what the check of the trail finds wrong; "" for nothing.
func verdict(w *harness) string {
	report, err := order.Verify(context.Background(), w.store.Verification(), "")
	if err != nil {
		return err.Error()
	}
	return report.Fault
}

// TestVerifyFindsEveryEdit edits every field of orders in every state, one at
// a time, and wants each found but for bookkeeping. Columns are edited with
// them, as by somebody who knows the store.
func TestVerifyFindsEveryEdit(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		var got []string
		for _, o := range everyState(w) {
			was := record(t, w.store, o.ID)
			got = append(got, string(was.State()))
			if w.memory == nil && was.State() != order.Partial && was.State() != order.Pending {
				continue // each edit takes a while there
			}
			_, list := editsOf(was)
			for i := range list {
				next, list := editsOf(was)
				list[i].do()
				field := index.ReplaceAllString(list[i].field, "")
				if field == "Rev" || reflect.DeepEqual(pack(*next), pack(was)) {
					continue // a revision is counted anew by who keeps it: see TestVerifyFindsAnAlteredOrder
				}
				if overwrite(w, o.ID, *next) != nil {
					continue // no store keeps it
				}
				says := verdict(w)
				switch _, allowed := bookkeeping[field]; {
				case says == "" && !allowed:
					t.Errorf("%s order: an edit of %s is not found", was.State(), list[i].field)
				case says != "" && allowed:
					t.Errorf("%s order: an edit of %s is found (%s), which would be false", was.State(), list[i].field, says)
				}
				if err := overwrite(w, o.ID, was); err != nil {
					t.Fatal(err)
				}
			}
		}
		slices.Sort(got)
		if want := "[changed done done partial pending pending rejected unknown]"; fmt.Sprint(got) != want {
			t.Errorf("got orders that are %s, want %s", got, want)
		}
	})
}
