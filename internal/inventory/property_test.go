package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

// errCrash ends a transaction as the end of its process would, or hides that it
// counts.
var errCrash = errors.New("the process has ended")

// crashing is a store whose writes break: in the midst, before the commit, or
// after it.
type crashing struct {
	inventory.Store
	after int // writes within a transaction until it breaks; -1 = after the commit
}

func (c *crashing) Write(ctx context.Context, fn func(inventory.Tx) error) error {
	if c.after < 0 {
		if err := c.Store.Write(ctx, fn); err != nil {
			return err
		}
		return errCrash
	}
	return c.Store.Write(ctx, func(tx inventory.Tx) error {
		if err := fn(&crashingTx{tx, c.after}); err != nil {
			return err
		}
		return errCrash
	})
}

type crashingTx struct {
	inventory.Tx
	left int
}

func (t *crashingTx) spend() error {
	if t.left--; t.left < 0 {
		return errCrash
	}
	return nil
}

func (t *crashingTx) SaveRow(e string, r *inventory.Row) error {
	return errors.Join(t.spend(), t.Tx.SaveRow(e, r))
}

func (t *crashingTx) AddChange(e string, c *inventory.Change) error {
	return errors.Join(t.spend(), t.Tx.AddChange(e, c))
}

// fact is what the plain world knows of a number.
type fact struct {
	fee, host, pass, kind string
	state                 string
}

// planted is the last thing that was done to a number in the world.
type planted struct {
	order string // "" = elsewhere
	sure  bool
	backs int // how often the clock was put back before
}

// world is an exchange as it is, what looks have seen of it, and the plainest
// reckoning of what changed.
type world struct {
	t     *rapid.T
	o     *office
	scope string
	is    map[string]fact
	known map[string]fact
	miss  map[string]time.Time

	came, went map[string]planted         // that no look has seen
	routed     map[string]planted         // since the last look that was kept
	gave       map[string]bool            // given up for sure since then, and not bought since
	late       map[string]bool            // likewise before a look by a clock that was put back, by which that lay ahead
	loose      map[string]map[string]bool // orders that explain a change not yet seen, by number and kind
	backs      int                        // how often the clock was put back
	back       bool                       // it was since the last look
	orders     int
	seq        int64
	got        []string
}

func (w *world) owned(n string) exchange.Owned {
	f := w.is[n]
	return number(n, func(r *exchange.Owned) {
		r.MonthlyFee, r.Type = money.MustParse(f.fee), f.kind
		r.Contact, r.SMPPContact = f.contacts(n)
		switch f.state {
		case inventory.Active:
		case inventory.PendingDocuments:
			r.NeedsDocuments = true
		default:
			r.Status = f.state
		}
	})
}

// contacts are where calls and messages of a number go.
func (f fact) contacts(n string) (contact, smpp string) {
	return "sip:" + n + "@" + f.host, "smpp:team:" + f.pass + ":" + n + "@smpp.example.net:2776"
}

// kinds says which kinds of changes there are from one to another.
func (f fact) kinds(to fact) []inventory.Kind {
	var list []inventory.Kind
	verified := f.state == inventory.PendingDocuments && to.state == inventory.Active
	for _, k := range []struct {
		kind inventory.Kind
		is   bool
	}{
		{inventory.Verified, verified},
		{inventory.Fee, f.fee != to.fee},
		{inventory.Routing, f.host != to.host || f.pass != to.pass},
		{inventory.Features, f.kind != to.kind},
		{inventory.State, !verified && f.state != to.state},
	} {
		if k.is {
			list = append(list, k.kind)
		}
	}
	return list
}

// TestChangesAreThoseThatWerePlanted lets numbers come, change and go, by orders
// and elsewhere, under lists that are cut off or skip numbers, crashes, a clock
// that is put back and a second process that looks meanwhile, and holds that what
// is journaled is what was planted, each once.
func TestChangesAreThoseThatWerePlanted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		history(t, rt, filepath.Join(dir, strconv.Itoa(n)+".db"), n)
	})
}

// TestChangesAreThoseThatWerePlantedInPostgres is the same with fewer histories.
func TestChangesAreThoseThatWerePlantedInPostgres(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	n, most := 0, wide.Pick(4, 64)
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > most {
			return
		}
		history(t, rt, place, n)
	})
}

// history is the n-th one, with an exchange of its own.
func history(t *testing.T, rt *rapid.T, place string, n int) {
	t.Helper()
	o := &office{list: newList(), clock: morning()}
	c := store.Config{Path: place, Now: o.now, Log: zerolog.Nop()}
	if place[0] == 'p' {
		c = store.Config{URL: place, Now: o.now, Log: zerolog.Nop(), Skew: 1 << 62}
	}
	kept, err := store.Open(c)
	if err != nil {
		rt.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	o.store = kept
	scope := fmt.Sprint("https://api.example.net ", n)
	mine := func(c *inventory.Config) { c.Exchange = scope }
	o.Service = o.another(mine)
	w := &world{
		t: rt, o: o, scope: scope, is: map[string]fact{}, came: map[string]planted{}, went: map[string]planted{}, routed: map[string]planted{},
		gave: map[string]bool{}, late: map[string]bool{}, loose: map[string]map[string]bool{},
	}
	for range rapid.IntRange(0, 5).Draw(rt, "at first") {
		w.add()
	}
	w.looks(t.Context(), mine)
	for range rapid.IntRange(1, 40).Draw(rt, "steps") {
		switch rapid.IntRange(0, 9).Draw(rt, "step") {
		case 0, 1:
			w.add()
		case 2:
			w.remove()
		case 3, 4:
			w.alter()
		case 5:
			w.elapse()
		default:
			w.elapse()
			w.looks(t.Context(), mine)
		}
	}
	// In the end everything is seen.
	for range 2 {
		o.pass(2 * time.Minute)
		w.whole(t.Context(), nil)
	}
	w.check(t)
}

// elapse lets time pass, mostly forward.
func (w *world) elapse() {
	if rapid.IntRange(0, 7).Draw(w.t, "clock") == 0 {
		w.back, w.backs = true, w.backs+1
		w.o.pass(-time.Duration(rapid.IntRange(1, 100_000).Draw(w.t, "back")) * time.Second)
		return
	}
	w.o.pass(time.Duration(rapid.SampledFrom([]int{1, 20, 59, 60, 61, 600, 3600}).Draw(w.t, "seconds")) * time.Second)
}

// order has an order do something, or nobody of ours: "".
func (w *world) order(n, kind string, of inventory.Kind) planted {
	w.o.pass(time.Millisecond) // what follows is later than the look before
	if rapid.Bool().Draw(w.t, "elsewhere") {
		return planted{backs: w.backs}
	}
	w.orders++
	p := planted{fmt.Sprint("o-", w.orders), rapid.Bool().Draw(w.t, "sure"), w.backs}
	key := n + " " + string(of)
	if w.loose[key] == nil {
		w.loose[key] = map[string]bool{}
	}
	w.loose[key][p.order] = true
	w.o.did(inventory.Doing{Number: n, Order: p.order, Kind: kind, Sure: p.sure})
	return p
}

func (w *world) add() {
	n := fmt.Sprint(97150000000 + rapid.IntRange(0, 7).Draw(w.t, "number"))
	if _, there := w.is[n]; there {
		return
	}
	if w.known != nil {
		w.came[n] = w.order(n, "purchase", inventory.Came)
		if w.came[n].order != "" {
			delete(w.gave, n)
			delete(w.late, n)
		}
		delete(w.went, n)
		delete(w.routed, n)
	}
	w.is[n] = fact{"4.50", "a.example.net", "secret", "mobile", rapid.SampledFrom([]string{inventory.Active, inventory.PendingDocuments}).Draw(w.t, "state")}
}

// pick returns one of the numbers that are there.
func (w *world) pick() (string, bool) {
	if len(w.is) == 0 {
		return "", false
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(w.is))).Draw(w.t, "which"), true
}

func (w *world) remove() {
	if n, ok := w.pick(); ok {
		w.went[n] = w.order(n, "unsubscribe", inventory.Gone)
		w.gave[n] = w.gave[n] || w.went[n].sure
		delete(w.came, n)
		delete(w.is, n)
	}
}

func (w *world) alter() {
	n, ok := w.pick()
	if !ok {
		return
	}
	f := w.is[n]
	switch rapid.IntRange(0, 4).Draw(w.t, "what") {
	case 0:
		f.fee = rapid.SampledFrom([]string{"4.50", "5.00", "6.25"}).Draw(w.t, "fee")
	case 1:
		f.host = rapid.SampledFrom([]string{"a.example.net", "b.example.net", "c.example.net"}).Draw(w.t, "host")
		w.route(n, f)
	case 2:
		f.pass = rapid.SampledFrom([]string{"secret", "other"}).Draw(w.t, "pass")
		w.route(n, f)
	case 3:
		f.kind = rapid.SampledFrom([]string{"mobile", "national"}).Draw(w.t, "kind")
	case 4:
		f.state = rapid.SampledFrom([]string{inventory.Active, inventory.PendingDocuments, "suspended"}).Draw(w.t, "state")
	}
	w.is[n] = f
}

// route notes who re-routed a number; where an order and somebody else did since
// the last look, that nobody can tell.
func (w *world) route(n string, f fact) {
	p := w.order(n, "update", inventory.Routing)
	if p.order != "" {
		d := &w.o.doings[len(w.o.doings)-1]
		d.Contact, d.SMPPContact = f.contacts(n)
	}
	if before, ok := w.routed[n]; ok && before.order != p.order && p.order == "" {
		delete(w.routed, n)
		return
	}
	w.routed[n] = p
}

// looks has a look made in one of many ways.
func (w *world) looks(ctx context.Context, mine func(*inventory.Config)) {
	how := rapid.IntRange(0, 9).Draw(w.t, "look")
	switch {
	case how == 0 && w.known != nil:
		w.partial(ctx)
	case how == 1 && w.known != nil:
		w.crash(ctx, mine)
	case how == 2:
		w.overtaken(ctx, mine)
	case how <= 4 && len(w.is) > 0 && w.known != nil:
		n, _ := w.pick()
		w.whole(ctx, map[string]bool{n: true})
	default:
		w.whole(ctx, nil)
	}
}

// show makes the list show what is, but for what is skipped.
func (w *world) show(skip map[string]bool) {
	w.o.list.change(func() {
		w.o.list.rows, w.o.list.skip = map[string]exchange.Owned{}, skip
		for n := range w.is {
			w.o.list.rows[n] = w.owned(n)
		}
	})
}

func (w *world) look(ctx context.Context, s *inventory.Service) (inventory.Look, error) {
	return s.Look(ctx)
}

// partial looks at a list that was cut off.
func (w *world) partial(ctx context.Context) {
	w.show(w.some())
	w.o.list.broken = "it broke off"
	got, err := w.look(ctx, w.o.Service)
	w.o.list.broken = ""
	if err != nil || got.Complete || len(got.Changes) > 0 {
		w.t.Fatalf("got %+v, %v, want nothing of a list that is not whole", got, err)
	}
}

// some are numbers that a list leaves out.
func (w *world) some() map[string]bool {
	skip := map[string]bool{}
	for n := range w.is {
		skip[n] = len(n)%2 == 0 || rapid.Bool().Draw(w.t, "left out")
	}
	return skip
}

// crash looks by a process that ends in the midst of keeping it, or before it has
// heard that it was kept.
func (w *world) crash(ctx context.Context, mine func(*inventory.Config)) {
	w.show(nil)
	after := rapid.IntRange(-1, 5).Draw(w.t, "crash")
	s := w.o.another(func(c *inventory.Config) {
		mine(c)
		c.Store = &crashing{c.Store, after}
	})
	before, _ := w.o.Changes(ctx, inventory.Query{})
	if _, err := w.look(ctx, s); !errors.Is(err, errCrash) {
		w.t.Fatalf("got %v, want a crash", err)
	}
	changes, err := w.o.Changes(ctx, inventory.Query{})
	if err != nil || after >= 0 && len(changes) != len(before) {
		w.t.Fatalf("got %d changes, %v, want nothing of a look that was not kept", len(changes)-len(before), err)
	}
	if after < 0 {
		w.reckon(changes[len(before):], nil)
	}
}

// overtaken looks while another process does, which has begun later and is done
// earlier.
func (w *world) overtaken(ctx context.Context, mine func(*inventory.Config)) {
	w.show(nil)
	other := w.o.another(mine)
	w.o.list.during = func() {
		w.o.list.during = nil
		w.whole(ctx, nil)
	}
	got, err := w.look(ctx, other)
	w.o.list.during = nil
	if err != nil || got.Complete || len(got.Changes) > 0 || got.Reason == "" {
		w.t.Fatalf("got %+v, %v, want nothing kept of a look that was overtaken", got, err)
	}
}

// whole looks at a list that is whole but for numbers that its paging skipped.
func (w *world) whole(ctx context.Context, skip map[string]bool) {
	w.show(skip)
	got, err := w.look(ctx, w.o.Service)
	if err != nil || !got.Complete {
		w.t.Fatalf("got %+v, %v, want a whole look", got, err)
	}
	w.reckon(got.Changes, skip)
}

// reckon compares what a look found with what there was to find.
func (w *world) reckon(got []inventory.Change, skip map[string]bool) {
	now := w.o.now()
	defer func() {
		if w.back {
			maps.Copy(w.late, w.gave)
		}
		w.routed, w.gave, w.back = map[string]planted{}, map[string]bool{}, false
	}()
	for _, c := range got {
		w.got = append(w.got, c.Number+" "+string(c.Kind))
	}
	if w.known == nil {
		w.known, w.miss = maps.Clone(w.is), map[string]time.Time{}
		if len(got) > 0 {
			w.t.Fatalf("got %v of the first look, want nothing", words(got))
		}
		return
	}
	by := map[string]string{}
	for _, c := range got {
		if w.seq++; c.Seq != w.seq {
			w.t.Fatalf("got change %d, want %d", c.Seq, w.seq)
		}
		key := c.Number + " " + string(c.Kind)
		if _, twice := by[key]; twice {
			w.t.Fatalf("got %s twice", key)
		}
		by[key] = c.Order
	}
	expect := func(n string, k inventory.Kind, p planted, told bool) {
		key := n + " " + string(k)
		order, ok := by[key]
		delete(by, key)
		if !ok {
			w.t.Fatalf("got %v, and not %s", words(got), key)
		}
		w.explained(key, order, p, told)
	}
	for n, f := range w.is {
		if skip[n] {
			continue
		}
		was, there := w.known[n]
		if !there {
			p, told := w.came[n]
			expect(n, inventory.Came, p, told)
			delete(w.came, n)
		}
		if there {
			for _, k := range was.kinds(f) {
				p, told := w.routed[n]
				expect(n, k, p, told && k == inventory.Routing)
			}
		}
		w.known[n] = f
		delete(w.miss, n)
	}
	w.lacks(by, skip, now)
	if len(by) > 0 {
		w.t.Fatalf("got %v, which was not planted", by)
	}
}

// explained holds an order against who did what was found. One that could explain
// what somebody else did is let pass, once; and so is another one after the clock was
// put back, by which what was done last lies ahead.
func (w *world) explained(key, order string, p planted, told bool) {
	if order != "" && !w.loose[key][order] {
		w.t.Fatalf("got %s by %q, which did nothing like it, or was seen before", key, order)
	}
	delete(w.loose[key], order)
	if told && p.order != "" && order != p.order && w.backs == p.backs {
		w.t.Fatalf("got %s by %q, want by %q", key, order, p.order)
	}
}

// lacks reckons the numbers that a list did not show.
func (w *world) lacks(by map[string]string, skip map[string]bool, now time.Time) {
	for n := range w.known {
		if _, there := w.is[n]; there && !skip[n] {
			continue
		}
		since, missed := w.miss[n]
		proved := missed && now.Sub(since) >= inventory.Proof
		p, known := w.went[n]
		key := n + " " + string(inventory.Gone)
		order, told := by[key]
		switch {
		case told && !proved && !w.gave[n] && !w.late[n]:
			w.t.Fatalf("got %s, which is not proved", key)
		case !told && (proved || known && w.gave[n] && !w.back):
			w.t.Fatalf("got nothing of %s, which is proved", key)
		case told:
			w.explained(key, order, p, known)
			delete(by, key)
			delete(w.known, n)
			delete(w.went, n)
			delete(w.miss, n)
		case !missed || now.Before(since):
			w.miss[n] = now
		}
	}
}

// check holds that the journal, what is known now, and the trail say the same.
func (w *world) check(t *testing.T) {
	t.Helper()
	all, err := w.o.Changes(t.Context(), inventory.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	var journal []string
	last := time.Time{}
	for _, c := range all {
		journal = append(journal, c.Number+" "+string(c.Kind))
		if c.At.Before(last) {
			w.t.Fatalf("got %s after %s", c.At, last)
		}
		last = c.At
	}
	if !slices.Equal(journal, w.got) {
		w.t.Fatalf("got the journal %v, want %v", journal, w.got)
	}
	var there []string
	for _, n := range w.o.own(t, false) {
		there = append(there, n.Digits)
		if f := w.is[n.Digits]; n.MonthlyFee.String() != f.fee || n.Type != f.kind || n.State != f.state {
			w.t.Fatalf("got %+v, want %+v", n, f)
		}
	}
	if want := slices.Sorted(maps.Keys(w.is)); !slices.Equal(there, want) {
		w.t.Fatalf("got %v, want %v", there, want)
	}
	w.told(t, int64(len(all)))
}

// told holds that the entries of the trail tell of every change once.
func (w *world) told(t *testing.T, most int64) {
	t.Helper()
	next := int64(1)
	for _, e := range w.o.trail(t) {
		first, last, ok := inventory.Told(e)
		if !ok || e.Exchange != w.scope {
			continue
		}
		if first != next || last < first {
			w.t.Fatalf("got an entry of changes %d to %d, want from %d", first, last, next)
		}
		next = last + 1
	}
	if next != most+1 {
		w.t.Fatalf("got %d changes told, want %d", next-1, most)
	}
}
