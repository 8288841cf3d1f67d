package inventory_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
)

func alice() identity.Caller {
	return identity.Caller{Principal: identity.Principal{Realm: identity.OS, ID: "alice", Name: "Alice"}, Frontend: identity.FrontShell}
}

func tags(list ...string) *[]string { return &list }

// TestApply holds what labels may be, and how they are kept.
func TestApply(t *testing.T) {
	t.Parallel()
	was := inventory.Labels{Owner: "Ops", CostCentre: "4711", Tags: []string{"a", "b"}, Note: "n"}
	long := strings.Repeat("ü", 81)
	many := make([]string, 21)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	for _, tt := range []struct {
		name  string
		patch inventory.Patch
		want  inventory.Labels
		field string // that is refused
	}{
		{"nothing", inventory.Patch{}, was, ""},
		{"one field", inventory.Patch{Owner: new("  Sales \t Gulf ")}, inventory.Labels{Owner: "Sales Gulf", CostCentre: "4711", Tags: was.Tags, Note: "n"}, ""},
		{"all taken away", inventory.Patch{Owner: new(""), CostCentre: new(" "), Note: new(""), Tags: tags()}, inventory.Labels{}, ""},
		{"tags", inventory.Patch{Tags: tags("Z", "c", "z", " ")}, inventory.Labels{Owner: "Ops", CostCentre: "4711", Tags: []string{"c", "z"}, Note: "n"}, ""},
		{"tags added and removed", inventory.Patch{AddTags: []string{"c", "B"}, RemoveTags: []string{"A", "q"}}, inventory.Labels{Owner: "Ops", CostCentre: "4711", Tags: []string{"b", "c"}, Note: "n"}, ""},
		{"what does not show", inventory.Patch{Note: new("a\u202eb\x1b[31mc")}, inventory.Labels{Owner: "Ops", CostCentre: "4711", Tags: was.Tags, Note: "abc"}, ""},
		{"longest", inventory.Patch{Owner: new(long[2:])}, inventory.Labels{Owner: long[2:], CostCentre: "4711", Tags: was.Tags, Note: "n"}, ""},
		{"too long", inventory.Patch{Owner: &long}, inventory.Labels{}, "owner"},
		{"cost centre too long", inventory.Patch{CostCentre: &long}, inventory.Labels{}, "cost_centre"},
		{"note too long", inventory.Patch{Note: new(strings.Repeat("x", 301))}, inventory.Labels{}, "note"},
		{"nothing that shows", inventory.Patch{Note: new("\u200b\u200b")}, inventory.Labels{}, "note"},
		{"too many tags", inventory.Patch{Tags: &many}, inventory.Labels{}, "tags"},
		{"a tag that is two", inventory.Patch{AddTags: []string{"a,b"}}, inventory.Labels{}, "tags"},
		{"a tag too long", inventory.Patch{AddTags: []string{strings.Repeat("x", 41)}}, inventory.Labels{}, "tags"},
	} {
		got, err := tt.patch.Apply(was)
		equal(t, tt.name, got, tt.want)
		f, _ := fault.As(err)
		if (tt.field != "") != (err != nil) || err != nil && (f.Code != fault.Invalid || f.Field != tt.field) {
			t.Errorf("%s: got %v, want %q refused", tt.name, err, tt.field)
		}
	}
	equal(t, "what was", was, inventory.Labels{Owner: "Ops", CostCentre: "4711", Tags: []string{"a", "b"}, Note: "n"})
}

// TestLabel changes labels of several numbers, dry and not, of numbers that are not
// ours, and says it in the trail.
func TestLabel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		o := at(t, place(t), number(one), number(two))
		ops := map[string]inventory.Patch{one: {Owner: new("Ops"), AddTags: []string{"gulf"}}, two: {Note: new("spare")}}
		for _, dry := range []bool{true, false} {
			got, err := o.Label(t.Context(), alice(), ops, dry, false)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "labelled", got, []inventory.Labelled{
				{Number: one, To: inventory.Labels{Owner: "Ops", Tags: []string{"gulf"}}, Known: true},
				{Number: two, To: inventory.Labels{Note: "spare"}, Known: true},
			})
			if n := len(o.trail(t)); (n > 0) == dry {
				t.Errorf("got %d entries, dry %v", n, dry)
			}
		}
		ops[three] = inventory.Patch{Owner: new("Nobody")}
		ops[one] = inventory.Patch{Owner: new("Sales"), RemoveTags: []string{"gulf"}}
		got, err := o.Label(t.Context(), alice(), ops, false, false)
		if err != nil || got[2].Known || !got[0].Known {
			t.Errorf("got %+v, %v, want a number that is not ours", got, err)
		}
		of, err := o.LabelsOf(t.Context())
		equal(t, "all or nothing", of, map[string]inventory.Labels{one: {Owner: "Ops", Tags: []string{"gulf"}}, two: {Note: "spare"}})
		if err != nil {
			t.Error(err)
		}
		if _, err = o.Label(t.Context(), alice(), ops, false, true); err != nil {
			t.Fatal(err)
		}
		of, _ = o.LabelsOf(t.Context(), three, one, "99999999")
		equal(t, "forced", of, map[string]inventory.Labels{one: {Owner: "Sales"}, three: {Owner: "Nobody"}})
		var said []string
		for _, e := range o.trail(t) {
			said = append(said, e.Event+" "+e.Number+" "+e.Actor.ID+" "+e.Result)
		}
		equal(t, "the trail", said, []string{
			"labelled +" + one + " alice owner “Ops”, was none; tags “gulf”, was none",
			"labelled +" + two + " alice note “spare”, was none",
			"labelled +" + one + " alice owner “Sales”, was “Ops”; tags none, was “gulf”",
			"labelled +" + three + " alice owner “Nobody”, was none",
		})
		if _, err := o.Label(t.Context(), alice(), map[string]inventory.Patch{"+9715": {}}, true, false); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("got %v of what is no number", err)
		}
		equal(t, "in the list", o.own(t, false)[0].Labels, inventory.Labels{Owner: "Sales"})
	})
}

// counting is a store that counts what is read of single numbers, and how often
// labels and entries are written.
type counting struct {
	inventory.Store
	single, writes int
}

type countingTx struct {
	inventory.Tx
	of *counting
}

func (c *counting) Read(ctx context.Context, fn func(inventory.Tx) error) error {
	return c.Store.Read(ctx, func(tx inventory.Tx) error { return fn(countingTx{tx, c}) })
}

func (c *counting) Write(ctx context.Context, fn func(inventory.Tx) error) error {
	return c.Store.Write(ctx, func(tx inventory.Tx) error { return fn(countingTx{tx, c}) })
}

func (t countingTx) LabelsOf(exchange, number string) (inventory.Kept, error) {
	t.of.single++
	return t.Tx.LabelsOf(exchange, number)
}

func (t countingTx) Has(exchange, number string) (bool, error) {
	t.of.single++
	return t.Tx.Has(exchange, number)
}

func (t countingTx) SaveLabels(exchange string, of map[string]inventory.Kept) error {
	t.of.writes++
	return t.Tx.SaveLabels(exchange, of)
}

func (t countingTx) AppendAll(list []audit.Entry) error {
	t.of.writes++
	return t.Tx.AppendAll(list)
}

// TestLabelMany labels more numbers than are read one by one: the same comes of it,
// in few statements, all or nothing, and the trail is whole.
func TestLabelMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		var rows []exchange.Owned
		patches := map[string]inventory.Patch{}
		for i := range 450 {
			rows = append(rows, number(fmt.Sprint(971501000000+i)))
			patches[rows[i].Digits] = inventory.Patch{Owner: new(fmt.Sprintf("Team %d", i)), AddTags: []string{"many"}}
		}
		o := at(t, place(t), rows...)
		o.look(t)
		counted := &counting{Store: o.config().Store}
		s := o.another(func(c *inventory.Config) { c.Store = counted })
		first := rows[0].Digits
		if _, err := o.Label(t.Context(), alice(), map[string]inventory.Patch{first: {Note: new("before"), Tags: tags("old")}}, false, false); err != nil {
			t.Fatal(err)
		}
		patches[three] = inventory.Patch{Owner: new("Nobody")}
		got, err := s.Label(t.Context(), alice(), patches, false, false)
		if err != nil || slices.IndexFunc(got, func(l inventory.Labelled) bool { return !l.Known && l.Number == three }) < 0 || len(o.trail(t)) != 1 {
			t.Fatalf("got %d, %v, want one that is not ours and nothing done", len(got), err)
		}
		delete(patches, three)
		if got, err = s.Label(t.Context(), alice(), patches, false, false); err != nil || len(got) != len(rows) {
			t.Fatalf("got %d, %v", len(got), err)
		}
		if counted.single > 0 || counted.writes != 2 {
			t.Errorf("got %d readings of single numbers and %d writes, want none and 2", counted.single, counted.writes)
		}
		of, err := o.LabelsOf(t.Context())
		if err != nil || len(of) != len(rows) {
			t.Fatalf("got labels of %d, %v", len(of), err)
		}
		equal(t, "one that had some", of[first], inventory.Labels{Owner: "Team 0", Tags: []string{"many", "old"}, Note: "before"})
		equal(t, "the last", of[rows[449].Digits], inventory.Labels{Owner: "Team 449", Tags: []string{"many"}})
		trail := o.trail(t)
		if len(trail) != 1+len(rows) {
			t.Fatalf("got %d entries, want one for each", len(trail))
		}
		for i, e := range trail[1:] {
			if e.Number != "+"+rows[i].Digits || e.Seq != trail[i].Seq+1 || e.Prev == "" {
				t.Fatalf("entry %d: got %+v", i, e)
			}
		}
	})
}

// TestLabelsStay keeps labels of a number that went, for when it comes back.
func TestLabelsStay(t *testing.T) {
	t.Parallel()
	o := at(t, file(t), number(one), number(two))
	o.look(t)
	if _, err := o.Label(t.Context(), alice(), map[string]inventory.Patch{two: {Owner: new("Ops")}}, false, false); err != nil {
		t.Fatal(err)
	}
	missing(two, time.Hour, inventory.Doing{Number: two, Order: "o-1", Kind: "unsubscribe", Sure: true})(o)
	equal(t, "gone", words(o.look(t)), []string{two + " gone by o-1"})
	gone := o.own(t, true)[1]
	equal(t, "labels of what went", gone.Labels, inventory.Labels{Owner: "Ops"})
	if got, err := o.Label(t.Context(), alice(), map[string]inventory.Patch{two: {Note: new("missed")}}, true, false); err != nil || !got[0].Known {
		t.Errorf("got %+v, %v, want a number that was ours", got, err)
	}
	shown(two, time.Hour, inventory.Doing{Number: two, Order: "o-2", Kind: "purchase", Sure: true, Labels: inventory.Labels{Owner: "Sales"}})(o)
	equal(t, "back", words(o.look(t)), []string{two + " new by o-2"})
	back := o.own(t, false)[1]
	equal(t, "labels of what came back", back.Labels, inventory.Labels{Owner: "Ops"})
	equal(t, "the order", back.Order, "o-2")
}

// TestLabelsOfPurchases holds that labels asked for with a purchase count as soon
// as it is done, and that those taken away stay so.
func TestLabelsOfPurchases(t *testing.T) {
	t.Parallel()
	o := at(t, file(t), number(one))
	o.look(t)
	o.pass(time.Hour)
	asked := inventory.Labels{Owner: "Ops", Tags: []string{"new"}}
	o.did(inventory.Doing{Number: two, Order: "o-1", Kind: "purchase", Sure: true, Labels: asked})
	o.did(inventory.Doing{Number: three, Order: "o-1", Kind: "purchase", Labels: asked})
	of, err := o.LabelsOf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "before a look", of, map[string]inventory.Labels{two: asked})
	o.pass(time.Second)
	got, err := o.Label(t.Context(), alice(), map[string]inventory.Patch{three: {Note: new("soon")}, two: {Owner: new(""), RemoveTags: []string{"new"}}}, false, false)
	if err != nil || !got[0].Known || !got[1].Known {
		t.Fatalf("got %+v, %v, want numbers that are being bought", got, err)
	}
	o.pass(time.Hour)
	o.list.change(func() { o.list.rows[two], o.list.rows[three] = number(two), number(three) })
	equal(t, "came", words(o.look(t)), []string{two + " new by o-1", three + " new by o-1"})
	of, _ = o.LabelsOf(t.Context())
	equal(t, "after it", of, map[string]inventory.Labels{three: {Note: "soon"}})

	first := at(t, file(t), number(one))
	first.did(inventory.Doing{Number: one, Order: "o-1", Kind: "purchase", Sure: true, Labels: asked})
	first.look(t)
	equal(t, "at the first look", first.own(t, false)[0].Labels, asked)
}

// TestTerms reads what a purchase asked for.
func TestTerms(t *testing.T) {
	t.Parallel()
	terms := map[string]string{inventory.TermOwner: "Ops", inventory.TermTags: "b, A", inventory.TermNote: "\u200b", inventory.TermCostCentre: strings.Repeat("x", 99)}
	equal(t, "labels", inventory.LabelsOfTerms(func(name string) string { return terms[name] }), inventory.Labels{Owner: "Ops", Tags: []string{"a", "b"}})
}

// TestScopes keeps exchanges and logins apart.
func TestScopes(t *testing.T) {
	t.Parallel()
	o := at(t, file(t), number(one))
	sandbox := o.another(func(c *inventory.Config) { c.Exchange, c.Reader = "sandbox", newList(number(two)) })
	o.look(t)
	if _, err := sandbox.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Label(t.Context(), alice(), map[string]inventory.Patch{two: {Owner: new("Ops")}}, false, false); err != nil {
		t.Fatal(err)
	}
	if err := sandbox.KeepUse(t.Context(), map[string]inventory.Use{two: {From: morning(), To: morning()}}); err != nil {
		t.Fatal(err)
	}
	o.list.rows = map[string]exchange.Owned{three: number(three)}
	for range 2 {
		o.pass(time.Hour)
		o.look(t)
	}
	mine := o.own(t, true)
	if len(mine) != 2 || mine[0].Digits != one || mine[1].Digits != three {
		t.Errorf("got %+v, want what is of one exchange", mine)
	}
	own, err := sandbox.Own(t.Context(), 0, true)
	if err != nil || len(own.Numbers) != 1 || own.Numbers[0].Digits != two || own.Numbers[0].Use == nil || own.Numbers[0].Owner != "Ops" {
		t.Errorf("got %+v, %v, want what is of the other", own, err)
	}
	for _, s := range []*inventory.Service{o.Service, sandbox} {
		list, err := s.Changes(t.Context(), inventory.Query{})
		of, err2 := s.LabelsOf(t.Context())
		if err != nil || err2 != nil || (len(list) > 0) == (len(of) > 0) {
			t.Errorf("got %v and %v, %v, %v", words(list), slices.Collect(maps.Keys(of)), err, err2)
		}
	}
	if e := o.trail(t); e[0].Exchange != "sandbox" || e[len(e)-1].Exchange != scope {
		t.Errorf("got %+v, want entries of both", []audit.Entry{e[0], e[len(e)-1]})
	}
}
