package order_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/lease"
	"didops/internal/order"
	"didops/internal/proof"
	"didops/internal/testing/wide"
)

// burglary is what somebody does to a store, and to what a process keeps beside
// it.
type burglary struct {
	Moves  []move
	Seen   string // what is done to the file of what was seen
	Begun  bool   // whether the process that sends runs before
	Choice int
}

// move is one thing that is done to the rows of a table. What its numbers mean
// depends on what the store has.
type move struct {
	How    string
	Table  int // of those with rows; those beyond are tables that decide something
	Row    int
	Other  int // row that values are taken from
	Column int
	Then   int // which store of before
	Order  mutation
}

func drawBurglary(t *rapid.T) burglary {
	return burglary{
		Moves: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
			return move{
				How: rapid.SampledFrom([]string{
					"alter", "alter", "alter", "take", "take", "row", "row", "older", "older", "delete", "copy", "table", "store", "order", "order",
				}).Draw(t, "how"),
				Table: rapid.IntRange(0, 1000).Draw(t, "table"), Row: rapid.IntRange(0, 1000).Draw(t, "row"), Other: rapid.IntRange(0, 1000).Draw(t, "other"),
				Column: rapid.IntRange(0, 1000).Draw(t, "column"), Then: rapid.IntRange(0, 1000).Draw(t, "then"), Order: drawMutation(t),
			}
		}), 1, 8).Draw(t, "moves"),
		Seen:   rapid.SampledFrom([]string{"", "", "", "", "removed", "older", "another", "altered", "cut", "a folder", "locked"}).Draw(t, "seen"),
		Begun:  rapid.Bool().Draw(t, "begun"),
		Choice: rapid.IntRange(0, 1000).Draw(t, "choice"),
	}
}

// loss counts what came of burglaries.
type loss struct{ burglaries, moves, impossible, sent, kept, again int }

// TestBurglaries changes, deletes and exchanges rows of every table of the store
// at random, and what was seen of the trail beside it, and lets a process send
// what is due by then. What people signed leaves as they signed it, or not at all;
// what nobody signed does not leave.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/order -run TestBurglaries -v
func TestBurglaries(t *testing.T) { //nolint:tparallel // one store after another, which are counted together
	t.Parallel()
	for kind, draws := range map[string]int{"sqlite": wide.Pick(8, 500), "postgres": wide.Pick(2, 100)} {
		t.Run(kind, func(t *testing.T) {
			var all loss
			for seed := range draws {
				b := rapid.Custom(drawBurglary).Example(seed + len(kind)*10_000)
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					in := inVault
					if kind == "postgres" {
						in = inPostgres
					}
					in(t, func(v *vault) { v.robbed(b, &all) })
				})
			}
			t.Logf("%d burglaries of %d changes (%d impossible): %d orders were sent as signed, %d were not, %d of before again", all.burglaries, all.moves, all.impossible, all.sent, all.kept, all.again)
			if all.burglaries > 0 && (all.sent == 0 || all.kept == 0) {
				t.Error("the burglaries are all of one kind")
			}
		})
	}
}

// estate is what is in a store before somebody breaks in.
type estate struct {
	signed   map[string]order.Line // by number, what passkeys approved
	over     map[string]order.Line // the same, which was sent or taken back since
	clicked  map[string]order.Line // what a click is enough for, whether or not there was one
	unsigned []string              // numbers of orders that a passkey is needed for, and lacks
	ids      []string
	before   []loot
	seen     [][]byte
}

// settles fills a store with orders that have come to different ends.
func (v *vault) settles() *estate {
	v.Helper()
	e := &estate{signed: map[string]order.Line{}, over: map[string]order.Line{}, clicked: map[string]order.Line{}}
	v.rules(approval.Rule{Name: "two", Countries: []string{"FR"}, Strength: identity.Passkey, Approvals: 2},
		approval.Rule{Name: "Carol's own", Requesters: []approval.Who{{Person: "Carol"}}}, approval.Rule{Name: "signed", Strength: identity.Passkey})
	d := v.engine("a")
	plan := func(number string) order.Order {
		o := v.plan(d, number)
		e.ids = append(e.ids, o.ID)
		return o
	}
	line := func(o order.Order) order.Line { return v.record(o.ID).Quote.Lines[0] }
	sent := plan("9701")
	v.approves(d, "Bob", sent.ID)
	e.over["9701"] = line(sent)
	e.keeps(v)
	v.passes(d)
	wantSends(v.t, v.x, "9701", 1)
	for n, number := range []string{"9711", "9712", "9713"} {
		o := plan(number)
		v.approves(d, []string{"Bob", "Carol"}[n%2], o.ID)
		e.signed[number] = line(o)
	}
	v.renews(lead+time.Hour, "9701") // it is ours again
	back := plan("9702")
	v.approves(d, "Carol", back.ID)
	e.over["9702"] = line(back)
	e.keeps(v)
	if _, err := d.Cancel(context.Background(), back.ID, alice()); err != nil {
		v.Fatal(err)
	}
	plan("9721")
	for _, number := range []string{"9722", "9723"} {
		v.renews(lead+time.Hour, number)
		v.x.set(number, french)
		o, err := d.Place(context.Background(), later(alice(), number))
		if err != nil {
			v.Fatal(err)
		}
		e.ids = append(e.ids, o.ID)
		v.approves(d, "Bob", o.ID)
		if number == "9723" {
			v.approves(d, "Carol", o.ID)
			e.signed[number] = line(o)
		}
	}
	e.keeps(v)
	no := plan("9724")
	if _, err := v.decides(d, "Carol", no.ID, false); err != nil {
		v.Fatal(err)
	}
	e.unsigned = []string{"9721", "9722", "9724"}
	for _, number := range []string{"9731", "9732"} {
		v.renews(lead+time.Hour, number)
		o, err := d.Place(context.Background(), later(shell("carol"), number))
		if err != nil {
			v.Fatal(err)
		}
		e.ids, e.clicked[number] = append(e.ids, o.ID), line(o)
		if number == "9731" {
			d.approve(shell("bob"), o)
		}
	}
	if _, _, err := v.service.Invite(context.Background(), "Bob", audit.Actor{Realm: "os", ID: "root"}); err != nil {
		v.Fatal(err)
	}
	e.keeps(v)
	if err := d.Close(); err != nil {
		v.Fatal(err)
	}
	return e
}

func french(n *number) { n.country = "FR" }

// keeps remembers the store, and what was seen of it, as they are.
func (e *estate) keeps(v *vault) {
	v.Helper()
	text, err := os.ReadFile(v.seen)
	if err != nil {
		v.Fatal(err)
	}
	e.before, e.seen = append(e.before, v.steals()), append(e.seen, text)
}

// robbed lets a burglary happen, and holds what leaves against what was signed.
func (v *vault) robbed(b burglary, all *loss) {
	v.Helper()
	e := v.settles()
	before := len(v.x.sentOf(""))
	d := v.engine("sender")
	if b.Begun {
		d.Start()
		time.Sleep(time.Minute)
	}
	for _, m := range b.Moves {
		all.moves++
		if !v.does(e, m) {
			all.impossible++
		}
	}
	v.fakesSeen(e, b)
	if b.Begun {
		time.Sleep(time.Hour + lead/2)
	} else {
		v.passes(d)
	}
	all.burglaries++
	left := map[string]int{}
	for _, s := range v.x.sentOf("")[before:] {
		number := s.line.Number
		left[number]++
		signed, ok := e.signed[number]
		over, was := e.over[number]
		asked, click := e.clicked[number]
		switch {
		case ok:
		case was && !b.Begun && (b.Seen == "removed" || b.Seen == "older"):
			signed = over // nobody remembers what became of it; it was signed all the same
			all.again++
		case click:
			signed = asked
		default:
			v.t.Errorf("%s left, which nobody signed, or which was over: %+v", number, b)
			continue
		}
		if got, want := asJSON(v.t, s.line), asJSON(v.t, signed); got != want {
			v.t.Errorf("what left is not what was approved: %+v\n got %s\nwant %s", b, got, want)
		}
		if left[number] > 1 && !click {
			v.t.Errorf("%s left %d times: %+v", number, left[number], b)
		}
		if s.at.Before(signed.Send.From) {
			v.t.Errorf("%s left before it was due: %+v", number, b)
		}
	}
	for number := range e.signed {
		all.sent, all.kept = all.sent+left[number], all.kept+1-min(1, left[number])
	}
}

// fakesSeen does something to the file of what was seen of the trail.
func (v *vault) fakesSeen(e *estate, b burglary) {
	v.Helper()
	text, err := os.ReadFile(v.seen)
	if err != nil {
		v.Fatal(err)
	}
	write := func(text []byte) error { return os.WriteFile(v.seen, text, 0o600) }
	switch b.Seen {
	case "removed":
		err = os.Remove(v.seen)
	case "older":
		err = write(e.seen[b.Choice%len(e.seen)])
	case "another": // made by another key of the same name
		var other *proof.Signer
		var note string
		if other, _, err = proof.NewSigner(v.key.Origin()); err == nil {
			if note, err = other.Sign("didops seen v1\n{\"seq\":0,\"hash\":\"\"}\n"); err == nil {
				err = write([]byte(note))
			}
		}
	case "altered":
		text[b.Choice%len(text)] ^= 1
		err = write(text)
	case "cut":
		err = write(text[:b.Choice%len(text)])
	case "a folder":
		if err = os.Remove(v.seen); err == nil {
			err = os.Mkdir(v.seen, 0o700)
		}
	case "locked":
		_ = os.Remove(v.seen + ".lock")
		err = os.Mkdir(v.seen+".lock", 0o700)
	}
	if err != nil {
		v.Fatal(err)
	}
}

// deciding are the tables that it is decided by what is sent: they are drawn more
// often than the others.
func deciding() []string { return []string{"orders", "orders", "lines", "passkeys", "audit", "meta"} }

// does makes a move, and reports whether the database took it.
func (v *vault) does(e *estate, m move) bool {
	v.Helper()
	then := e.before[m.Then%len(e.before)]
	switch m.How {
	case "store":
		return v.tryPut(then) == nil
	case "order":
		a, b := e.ids[m.Row%len(e.ids)], e.ids[m.Other%len(e.ids)]
		return v.tryMutate(a, b, m.Order)
	}
	now := v.steals()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if len(now[name].rows) > 0 {
			names = append(names, name)
		}
	}
	names = append(names, deciding()...)
	name := names[m.Table%len(names)]
	t := now[name].clone()
	if len(t.rows) == 0 {
		return false
	}
	if m.How == "table" {
		return v.tryPut(then, name) == nil
	}
	m.on(&t, then[name])
	now[name] = t
	return v.tryPut(now, name) == nil
}

// on changes rows of a table, of which the store of before had others.
func (m move) on(t *table, then table) {
	n, other, c := m.Row%len(t.rows), t.rows[m.Other%len(t.rows)], m.Column%len(t.columns)
	row := t.rows[n]
	switch m.How {
	case "alter":
		row[c] = m.altered(row[c])
	case "take":
		row[c] = other[c]
	case "row": // but for its key it is another
		for c := range row {
			if !slices.Contains(t.key, c) || len(t.key) == len(row) {
				row[c] = other[c]
			}
		}
	case "copy": // and so is its key, in a part
		made := slices.Clone(other)
		key := t.key[m.Column%len(t.key)]
		made[key] = m.altered(row[key])
		t.rows = append(t.rows, made)
	case "delete":
		t.rows = slices.Delete(t.rows, n, n+1)
	case "older":
		switch was := then.find(t.name(row)); {
		case was != nil:
			t.rows[n] = slices.Clone(was)
		case len(then.rows) > 0: // it was not there: what was there comes back, if it is gone
			t.rows[n] = slices.Clone(then.rows[m.Other%len(then.rows)])
		}
	}
}

// altered returns another value of the same kind.
func (m move) altered(value any) any {
	switch value := value.(type) {
	case int64:
		return []int64{value + 1, value - 1, 0, 1, value + int64(m.Row)*1_000_000, -value}[m.Other%6]
	case string:
		if value == "" {
			return "x"
		}
		b := []byte(value)
		at := m.Then % len(b)
		if m.Other%3 == 0 {
			return value[:at]
		}
		b[at] = "0123456789abcdefABCDEF"[m.Other%22]
		return string(b)
	case []byte:
		b := slices.Clone(value)
		if len(b) > 0 {
			b[m.Then%len(b)] ^= 1
		}
		return b
	case bool:
		return !value
	}
	return value
}

// TestWhatTheStoreCallsDue holds that a store which calls due what is not keeps
// nobody busy: what is looked at in vain is looked at again later.
func TestWhatTheStoreCallsDue(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		d := v.engine("a")
		o := v.plan(d, "9711")
		v.approves(d, "Bob", o.ID)
		v.raw(`UPDATE orders SET nudge_us = 1, due_us = 1`)
		looks := &counted{}
		v.alter = func(c *order.Config) { c.Passkeys, looks.Store, c.Leases = v.service, c.Leases, looks }
		v.engine("b").Start()
		time.Sleep(time.Minute)
		if got, most := looks.n.Load(), int64(60); got > most {
			v.t.Errorf("got the lease asked for %d times in a minute, want at most %d", got, most)
		}
	})
}

// counted counts how often a lease was asked for.
type counted struct {
	lease.Store
	n atomic.Int64
}

func (c *counted) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	c.n.Add(1)
	return c.Store.Acquire(ctx, name, holder, term)
}
