package order_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/lease"
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/transaction"
)

// The errors that a test lets the store answer with.
var (
	errCommit  = errors.New("the commit failed")
	errCrashed = errors.New("the process has crashed")
	errHeld    = errors.New("two orders hold one number")
)

// memory is a store in memory that is as exact as one on disk: one writer at a
// time, all of a transaction or nothing, and nothing shared with its callers.
// What a [process] does to it, others see.
type memory struct {
	writer sync.Mutex   // held by the one writer
	mu     sync.RWMutex // guards what follows; held for writing by a commit only

	records map[string]*kept
	serial  int
	byKey   map[string][]string // ids by exchange and request key
	byDay   map[string][]string // ids by exchange and day
	holders map[string]string   // id by exchange and number
	live    map[string]bool     // orders to which something may still happen
	trail   []audit.Kept
	leases  *memoryLeases
	prompts *memoryPrompts
	tasks   *memoryTasks

	mandates []mandate.Row        // in the order in which they were made
	done     map[lineAt]time.Time // when lines came to be done
	look     order.OwnLook        // the last look at the own numbers
	own      []order.OwnFee

	// committed, if set, is told of every record that a commit changes, while
	// the store stands still.
	committed committed
}

// committed is told of a record that a commit changes, and may ask for all.
type committed func(before, after *order.Record, all func() []order.Record)

// lineAt is a line of an order.
type lineAt struct {
	id string
	n  int
}

// kept is a record as it is on disk, and what queries need of it.
type kept struct {
	serial int
	text   []byte
	r      order.Record // what the text says; handed out as clones only
}

// memoryKey is the key of every store in memory.
const memoryKey = "a key that only this store has"

func newMemory() *memory {
	return &memory{
		records: map[string]*kept{}, byKey: map[string][]string{},
		byDay: map[string][]string{}, holders: map[string]string{}, live: map[string]bool{},
		leases: &memoryLeases{kept: map[string]leased{}}, prompts: &memoryPrompts{kept: map[string]order.Prompt{}},
		tasks: &memoryTasks{kept: map[string]order.Task{}}, done: map[lineAt]time.Time{},
	}
}

func (m *memory) Orders() order.Store {
	return memoryDomain[order.Tx]{m, func(tx *memoryTx) order.Tx { return tx }}
}

func (m *memory) Verification() transaction.Reader[order.VerifyTx] {
	return memoryDomain[order.VerifyTx]{m, func(tx *memoryTx) order.VerifyTx { return tx }}
}

func (m *memory) Audit() audit.Store {
	return memoryTrail{memoryDomain[audit.Tx]{m, func(tx *memoryTx) audit.Tx { return unmarked{memoryTx: tx} }}}
}

func (m *memory) Nudges() order.NudgeStore {
	return memoryDomain[order.NudgeTx]{m, func(tx *memoryTx) order.NudgeTx { return tx }}
}

func (m *memory) Prompts() order.PromptStore { return m.prompts }
func (m *memory) Tasks() order.TaskStore     { return m.tasks }
func (m *memory) Leases() lease.Store        { return m.leases }

// Cards returns a store that no test in memory may use.
func (m *memory) Cards() order.CardStore { return struct{ order.CardStore }{} }

// memoryDomain is the store as a domain has it.
type memoryDomain[T any] struct {
	m  *memory
	as func(*memoryTx) T
}

func (d memoryDomain[T]) Read(ctx context.Context, fn func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.m.mu.RLock()
	defer d.m.mu.RUnlock()
	return fn(d.as(&memoryTx{m: d.m}))
}

func (d memoryDomain[T]) Write(ctx context.Context, fn func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.m.writer.Lock()
	defer d.m.writer.Unlock()
	tx := &memoryTx{m: d.m, writes: true, records: map[string]*kept{}}
	if err := fn(d.as(tx)); err != nil {
		return err
	}
	if err := tx.exclusive(); err != nil {
		return err
	}
	tx.commit()
	return nil
}

// memoryTrail is an [audit.Store].
type memoryTrail struct{ memoryDomain[audit.Tx] }

func (t memoryTrail) Head(ctx context.Context) (int64, error) {
	t.m.mu.RLock()
	defer t.m.mu.RUnlock()
	return int64(len(t.m.trail)), ctx.Err()
}

// unmarked is an [audit.Tx] in which nobody has come anywhere yet.
type unmarked struct {
	marker
	*memoryTx
}

// marker is what no test in memory may use.
type marker interface {
	SetMark(reader string, seq int64) error
}

// Mark implements [audit.Tx].
func (unmarked) Mark(string) (int64, error) { return 0, nil }

// all returns every record, oldest first.
func (m *memory) all() []order.Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []order.Record
	for _, k := range m.ordered() {
		list = append(list, k.r.Clone())
	}
	return list
}

func (m *memory) ordered() []*kept {
	return slices.SortedFunc(maps.Values(m.records), func(a, b *kept) int { return a.serial - b.serial })
}

// sending returns the orders that have a line of the number under way.
func (m *memory) sending(number string) []order.Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []order.Record
	for id := range m.live {
		r := m.records[id].r
		for n, l := range r.Quote.Lines {
			if l.Number == number && r.Lines[n].State == order.LineSending {
				list = append(list, m.records[id].r.Clone())
			}
		}
	}
	return list
}

// memoryTx is a transaction: what it changed lies over the store until the
// commit.
type memoryTx struct {
	noPasskeys

	m      *memory
	writes bool

	records  map[string]*kept
	inserted []string
	trail    []audit.Kept
	mandates []mandate.Row // that were kept
}

func pack(r order.Record) []byte {
	text, err := json.Marshal(r.Whole()) //nolint:musttag // a store in memory, which nobody else reads
	if err != nil {
		panic(err)
	}
	return text
}

func unpack(text []byte) order.Record {
	var r order.Record
	if err := json.Unmarshal(text, &r); err != nil { //nolint:musttag // see pack
		panic(err)
	}
	return r
}

func (t *memoryTx) find(id string) (*kept, bool) {
	if k, ok := t.records[id]; ok {
		return k, true
	}
	k, ok := t.m.records[id]
	return k, ok
}

// each calls take with the records of the ids and with those of this
// transaction, each once.
func (t *memoryTx) each(ids []string, take func(k *kept)) {
	for _, id := range ids {
		if _, ours := t.records[id]; !ours {
			take(t.m.records[id])
		}
	}
	for _, k := range t.records {
		take(k)
	}
}

func (t *memoryTx) Key() ([]byte, error) { return []byte(memoryKey), nil }

func (t *memoryTx) Order(id string) (order.Record, error) {
	k, ok := t.find(id)
	if !ok {
		return order.Record{}, order.ErrNone
	}
	return k.r.Clone(), nil
}

func (t *memoryTx) Insert(r order.Record) error {
	t.mustWrite()
	if _, ok := t.find(r.ID); ok {
		return order.ErrTaken
	}
	r = r.Clone()
	r.Rev = 1
	t.keep(r, t.m.serial+len(t.inserted)+1)
	t.inserted = append(t.inserted, r.ID)
	return nil
}

func (t *memoryTx) Save(r order.Record) error {
	t.mustWrite()
	old, ok := t.find(r.ID)
	if !ok || old.r.Rev != r.Rev {
		return order.ErrStale
	}
	r = r.Clone()
	r.Rev++
	t.keep(r, old.serial)
	return nil
}

func (t *memoryTx) mustWrite() {
	if !t.writes {
		panic("a write in a transaction that reads")
	}
}

func (t *memoryTx) keep(r order.Record, serial int) {
	text := pack(r)
	t.records[r.ID] = &kept{serial: serial, text: text, r: unpack(text)}
}

func (t *memoryTx) Requests(exchange, key string) ([]order.Record, error) {
	var found []*kept
	t.each(t.m.byKey[exchange+" "+key], func(k *kept) {
		if k.r.Exchange == exchange && k.r.Key == key {
			found = append(found, k)
		}
	})
	return latest(found), nil
}

func latest(found []*kept) []order.Record {
	slices.SortFunc(found, func(a, b *kept) int { return b.serial - a.serial })
	var list []order.Record
	for _, k := range found {
		list = append(list, k.r.Clone())
	}
	return list
}

// held returns the numbers that a record holds.
func held(r order.Record) []string {
	var list []string
	for n, l := range r.Quote.Lines {
		if r.Holds(n) {
			list = append(list, l.Number)
		}
	}
	return list
}

func (t *memoryTx) Holder(exchange, number string) (string, error) {
	for id, k := range t.records {
		if k.r.Exchange == exchange && slices.Contains(held(k.r), number) {
			return id, nil
		}
	}
	id, ok := t.m.holders[exchange+" "+number]
	if _, ours := t.records[id]; !ok || ours {
		return "", order.ErrNone
	}
	return id, nil
}

func (t *memoryTx) DoneSince(exchange string, numbers []string, since time.Time, but string) (bool, error) {
	since = since.Truncate(time.Microsecond)
	found := false
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.ID == but || k.r.Exchange != exchange || k.r.Created.Before(since) {
			return
		}
		for n, l := range k.r.Quote.Lines {
			state := k.r.Lines[n].State
			found = found || slices.Contains(numbers, l.Number) && (state == order.LineDone || state == order.LineUnknown)
		}
	})
	return found, nil
}

func (t *memoryTx) History(exchange, number string) ([]order.Past, error) {
	var found []*kept
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange == exchange && slices.ContainsFunc(k.r.Quote.Lines, func(l order.Line) bool { return l.Number == number }) {
			found = append(found, k)
		}
	})
	var list []order.Past
	for _, r := range latest(found) {
		for n, l := range r.Quote.Lines {
			if state := r.Lines[n].State; l.Number == number && (state == order.LineDone || state == order.LineUnknown) {
				list = append(list, order.Past{Order: r.ID, Operation: r.Tool, State: state})
			}
		}
	}
	return list, nil
}

func (t *memoryTx) liveIDs() []string { return slices.Collect(maps.Keys(t.m.live)) }

func (t *memoryTx) CountOpen(exchange, requester string) (int, error) {
	n := 0
	t.each(t.liveIDs(), func(k *kept) {
		if k.r.Exchange == exchange && k.r.Requester.String() == requester && k.r.Kind != order.KindDrill && (k.r.Phase == order.PhasePending || k.r.Phase == order.PhaseExecuting || k.r.Phase == order.PhaseScheduled) {
			n++
		}
	})
	return n, nil
}

func (t *memoryTx) Asked(exchange, requester string, from, until time.Time) ([]order.Record, error) {
	var list []order.Record
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange == exchange && k.r.Requester.String() == requester && !k.r.Created.Before(from) && k.r.Created.Before(until) {
			list = append(list, k.r)
		}
	})
	return list, nil
}

func (t *memoryTx) Orders(f order.Filter) ([]order.Record, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	var found []*kept
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange == f.Exchange && !k.r.Created.Before(f.Since) && (f.Requester == "" || f.Requester == k.r.Requester.String()) && (f.State == "" || f.State == k.r.State()) &&
			(f.Number == "" || slices.ContainsFunc(k.r.Quote.Lines, func(l order.Line) bool { return l.Number == f.Number })) {
			found = append(found, k)
		}
	})
	list := latest(found)
	return list[:min(len(list), f.Limit)], nil
}

// due returns when something is to be done for a record by itself; zero for
// never.
func due(r order.Record) time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	switch r.Phase {
	case order.PhasePending:
		sooner(r.Expires)
	case order.PhaseExecuting:
		silent := r.RunnerUntil
		for _, l := range r.Lines {
			if l.State == order.LineSending && l.Deadline.After(silent) {
				silent = l.Deadline
			}
		}
		sooner(silent.Add(order.Grace))
	case order.PhaseScheduled, order.PhaseRejected, order.PhaseExpired, order.PhaseCancelled, order.PhaseOver:
	}
	for _, l := range r.Lines {
		sooner(l.NextLook)
	}
	return at
}

func (t *memoryTx) Due(exchange string, now time.Time) ([]string, error) {
	var found []*kept
	t.each(t.liveIDs(), func(k *kept) {
		if at := due(k.r); k.r.Exchange == exchange && !at.IsZero() && !at.After(now) {
			found = append(found, k)
		}
	})
	slices.SortFunc(found, func(a, b *kept) int { return a.serial - b.serial })
	var ids []string
	for _, k := range found {
		ids = append(ids, k.r.ID)
	}
	return ids, nil
}

// toSend returns when the first line of a scheduled order is due that waits.
func toSend(r order.Record) time.Time {
	var first time.Time
	for n, l := range r.Lines {
		at := r.SendFrom(n)
		if r.Phase == order.PhaseScheduled && l.State == order.LineWaiting && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

func (t *memoryTx) ToSend(exchange string, now time.Time) ([]string, error) {
	var found []*kept
	t.each(t.liveIDs(), func(k *kept) {
		if at := toSend(k.r); k.r.Exchange == exchange && !at.IsZero() && !at.After(now) {
			found = append(found, k)
		}
	})
	slices.SortFunc(found, func(a, b *kept) int { return cmp.Or(toSend(a.r).Compare(toSend(b.r)), a.serial-b.serial) })
	var ids []string
	for _, k := range found {
		ids = append(ids, k.r.ID)
	}
	return ids, nil
}

func (t *memoryTx) NextToSend(exchange string) (string, time.Time, error) {
	var first *kept
	t.each(t.liveIDs(), func(k *kept) {
		at := toSend(k.r)
		if k.r.Exchange == exchange && !at.IsZero() && (first == nil || at.Before(toSend(first.r))) {
			first = k
		}
	})
	if first == nil {
		return "", time.Time{}, order.ErrNone
	}
	return first.r.ID, toSend(first.r), nil
}

// ToNudge and NextNudge look at everything, as the columns of a database do for
// them.
func (t *memoryTx) ToNudge(exchange string, now time.Time) ([]string, error) {
	var found []*kept
	t.each(t.liveIDs(), func(k *kept) {
		if at := k.r.NextNudge(); k.r.Exchange == exchange && !at.IsZero() && !at.After(now) {
			found = append(found, k)
		}
	})
	slices.SortFunc(found, func(a, b *kept) int { return cmp.Or(a.r.NextNudge().Compare(b.r.NextNudge()), a.serial-b.serial) })
	var ids []string
	for _, k := range found {
		ids = append(ids, k.r.ID)
	}
	return ids, nil
}

func (t *memoryTx) NextNudge(exchange string) (time.Time, error) {
	var first time.Time
	t.each(t.liveIDs(), func(k *kept) {
		if at := k.r.NextNudge(); k.r.Exchange == exchange && !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	})
	if first.IsZero() {
		return first, order.ErrNone
	}
	return first, nil
}

func (t *memoryTx) Ahead(exchange string, claim, look time.Time) ([]string, error) {
	var ids []string
	t.each(t.liveIDs(), func(k *kept) {
		ahead := k.r.State() == order.Executing && due(k.r).After(claim)
		for _, l := range k.r.Lines {
			ahead = ahead || l.NextLook.After(look)
		}
		if ahead && k.r.Exchange == exchange {
			ids = append(ids, k.r.ID)
		}
	})
	return ids, nil
}

func (t *memoryTx) NextDue(exchange string) (time.Time, error) {
	var first time.Time
	t.each(t.liveIDs(), func(k *kept) {
		if at := due(k.r); k.r.Exchange == exchange && !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	})
	if first.IsZero() {
		return first, order.ErrNone
	}
	return first, nil
}

func (t *memoryTx) Stats(exchange string, now time.Time) (order.Stats, error) {
	s := order.Stats{Orders: map[order.State]int{}, Oldest: map[order.State]time.Time{}}
	earlier := func(at *time.Time, than time.Time) {
		if at.IsZero() || than.Before(*at) {
			*at = than
		}
	}
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange != exchange {
			return
		}
		state := k.r.State()
		s.Orders[state]++
		oldest := s.Oldest[state]
		earlier(&oldest, k.r.Created)
		s.Oldest[state] = oldest
		if state == order.Pending {
			earlier(&s.Expires, k.r.Expires)
		}
		if at := due(k.r); !at.IsZero() && !at.After(now) {
			s.Due++
			earlier(&s.Since, at)
		}
	})
	return s, nil
}

func (t *memoryTx) Looked(exchange string, now time.Time) error {
	t.mustWrite()
	var found []*kept
	t.each(t.liveIDs(), func(k *kept) { found = append(found, k) })
	for _, k := range found {
		r, changed := k.r.Clone(), false
		for n := range r.Lines {
			if next := &r.Lines[n].NextLook; !next.IsZero() && next.After(now) {
				*next, changed = now, true
			}
		}
		if changed && r.Exchange == exchange {
			if err := t.Save(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *memoryTx) Day(exchange, day string) ([]order.Reservation, error) {
	var list []order.Reservation
	t.each(t.m.byDay[exchange+" "+day], func(k *kept) {
		if k.r.Exchange == exchange && k.r.Day == day {
			list = append(list, reservations(k.r)...)
		}
	})
	return list, nil
}

func (t *memoryTx) Claims(exchange string, from, until time.Time) ([]order.Claim, error) {
	var list []order.Claim
	for day := from.UTC(); day.Format(time.DateOnly) <= until.UTC().Format(time.DateOnly); day = day.AddDate(0, 0, 1) {
		t.each(t.m.byDay[exchange+" "+day.Format(time.DateOnly)], func(k *kept) {
			if r := k.r; r.Exchange == exchange && r.Day == day.Format(time.DateOnly) && !r.Decided.Before(from) && r.Decided.Before(until) {
				list = append(list, r.Claims()...)
			}
		})
	}
	return list, nil
}

func (t *memoryTx) Acts(exchange string, since time.Time) ([]order.Act, error) {
	var list []order.Act
	for at, moved := range t.m.done {
		k := t.m.records[at.id]
		if k.r.Exchange == exchange && k.r.Lines[at.n].State == order.LineDone && !moved.Before(since) {
			list = append(list, order.Act{Number: k.r.Quote.Lines[at.n].Number, Operation: k.r.Tool, Order: at.id, Line: at.n, At: moved})
		}
	}
	slices.SortFunc(list, func(a, b order.Act) int { return a.At.Compare(b.At) })
	return list, nil
}

func (t *memoryTx) Underway(exchange, but string) ([]order.Underway, error) {
	var list []order.Underway
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange == exchange && k.r.ID != but {
			list = append(list, k.r.Underway()...)
		}
	})
	return list, nil
}

func (t *memoryTx) Requesters(exchange, realm string) ([]string, error) {
	var list []string
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		if k.r.Exchange == exchange && k.r.Requester.Realm == realm {
			list = append(list, k.r.Requester.String())
		}
	})
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (t *memoryTx) OwnLook(string) (order.OwnLook, error) { return t.m.look, nil }

func (t *memoryTx) OwnFees(_ string, take func(order.OwnFee) error) error {
	for _, f := range t.m.own {
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}

func reservations(r order.Record) []order.Reservation {
	var list []order.Reservation
	for n := range r.Quote.Lines {
		if r.Reserved(n) {
			list = append(list, order.Reservation{Operation: r.Tool, Due: r.Due(n), Dialog: r.Dialog, Lines: 1})
		}
	}
	return list
}

func (t *memoryTx) Append(e audit.Entry) (int64, string, error) {
	t.mustWrite()
	if !slices.Contains(audit.EventKinds(), e.Event) {
		return 0, "", fmt.Errorf("%q is none of the events", e.Event)
	}
	e.Seq = int64(len(t.m.trail) + len(t.trail) + 1)
	switch {
	case len(t.trail) > 0:
		e.Prev = t.trail[len(t.trail)-1].Hash
	case len(t.m.trail) > 0:
		e.Prev = t.m.trail[len(t.m.trail)-1].Hash
	}
	text, hash, err := e.Seal()
	if err == nil {
		t.trail = append(t.trail, audit.Kept{Seq: e.Seq, Text: text, Hash: hash})
	}
	return e.Seq, hash, err
}

// noPasskeys is a store of which nobody has any.
type noPasskeys struct{}

func (noPasskeys) Passkey(passkey.Bytes) (passkey.Credential, error) {
	return passkey.Credential{}, passkey.ErrNone
}
func (noPasskeys) Passkeys(string) ([]passkey.Credential, error) { return nil, nil }
func (noPasskeys) SavePasskey(passkey.Credential) error          { return passkey.ErrNone }

func (t *memoryTx) Entries(take func(audit.Kept) error) error {
	for _, k := range slices.Concat(t.m.trail, t.trail) {
		if err := take(k); err != nil {
			return err
		}
	}
	return nil
}

func (t *memoryTx) Lasts(take func(id string, seq int64, hash string) error) error {
	var err error
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		err = errors.Join(err, take(k.r.ID, k.r.Entry, k.r.EntryHash))
	})
	return err
}

// Misfiled keeps nothing beside orders.
func (t *memoryTx) Misfiled(order.Record) (string, error) { return "", nil }

func (t *memoryTx) Since(seq int64, most int) ([]audit.Kept, error) {
	all := slices.Concat(t.m.trail, t.trail)
	all = all[min(int(seq), len(all)):]
	return slices.Clone(all[:min(most, len(all))]), nil
}

// exclusive refuses a transaction after which two orders would hold a number.
func (t *memoryTx) exclusive() error {
	taken := map[string]string{}
	for id, k := range t.records {
		for _, number := range held(k.r) {
			place := k.r.Exchange + " " + number
			other, ok := t.m.holders[place]
			if _, ours := t.records[other]; ok && ours {
				ok = false
			}
			if twin := taken[place]; twin != "" {
				other, ok = twin, true
			}
			if ok && other != id {
				return fmt.Errorf("%w: %s by %s and %s", errHeld, number, other, id)
			}
			taken[place] = id
		}
	}
	return nil
}

func (t *memoryTx) commit() {
	m := t.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range t.records {
		if old, ok := m.records[id]; ok {
			for _, number := range held(old.r) {
				delete(m.holders, old.r.Exchange+" "+number)
			}
		}
	}
	befores := map[string]*order.Record{}
	for id, k := range t.records {
		old, ok := m.records[id]
		if ok {
			befores[id] = &old.r
		} else {
			m.serial++
			m.byKey[k.r.Exchange+" "+k.r.Key] = append(m.byKey[k.r.Exchange+" "+k.r.Key], id)
		}
		if day := k.r.Exchange + " " + k.r.Day; k.r.Day != "" && !slices.Contains(m.byDay[day], id) {
			m.byDay[day] = append(m.byDay[day], id)
		}
		for _, number := range held(k.r) {
			m.holders[k.r.Exchange+" "+number] = id
		}
		if k.r.Open() || !due(k.r).IsZero() {
			m.live[id] = true
		} else {
			delete(m.live, id)
		}
		for n, l := range k.r.Lines {
			if l.State == order.LineDone && (!ok || old.r.Lines[n].State != order.LineDone) {
				m.done[lineAt{id, n}] = m.leases.now()
			}
		}
		m.records[id] = k
	}
	m.trail = append(m.trail, t.trail...)
	m.mandates = keptRows(m.mandates, t.mandates...)
	if m.committed != nil {
		for id, k := range t.records {
			m.committed(befores[id], &k.r, func() (list []order.Record) {
				for _, k := range m.records {
					list = append(list, k.r)
				}
				return list
			})
		}
	}
}

// keptRows returns rows with others kept in place of those with their ids.
func keptRows(rows []mandate.Row, list ...mandate.Row) []mandate.Row {
	rows = slices.Clone(rows)
	for _, r := range list {
		if i := slices.IndexFunc(rows, func(o mandate.Row) bool { return o.ID == r.ID }); i >= 0 {
			rows[i] = r
		} else {
			rows = append(rows, r)
		}
	}
	return rows
}

func (t *memoryTx) Mandates(exchange string) ([]mandate.Row, error) {
	rows := slices.DeleteFunc(keptRows(t.m.mandates, t.mandates...), func(r mandate.Row) bool { return r.Exchange != exchange })
	slices.Reverse(rows)
	return rows, nil
}

func (t *memoryTx) Mandate(exchange, name string) (mandate.Row, error) {
	rows, err := t.Mandates(exchange)
	for _, r := range rows {
		if r.Name == name {
			return r, err
		}
	}
	return mandate.Row{}, order.ErrNone
}

func (t *memoryTx) KeepMandate(r mandate.Row) error {
	t.mustWrite()
	t.mandates = append(t.mandates, r)
	return nil
}

func (t *memoryTx) MandateUses(id string) ([]mandate.Use, error) {
	var list []mandate.Use
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		for n := range k.r.Lines {
			if u, used := k.r.UsedBy(n); used && k.r.Mandate.ID == id {
				if k.r.Lines[n].State == order.LineDone {
					u.Done = t.m.done[lineAt{k.r.ID, n}]
				}
				list = append(list, u)
			}
		}
	})
	slices.SortFunc(list, func(a, b mandate.Use) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Line, b.Line))
	})
	return list, nil
}
