package order_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/lease"
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/store"
	"didops/internal/transaction"
)

// outside lets a bubble of virtual time use a store that has sockets. The
// store with its connections and goroutines is outside of the bubble; what is
// asked of it goes there and back over channels that are no bubble's, so that
// time in the bubble stands still meanwhile, as with a store in memory.
type outside struct {
	jobs chan func()
	free chan *visit
	now  atomic.Int64 // the time of the bubble, nanoseconds
}

// visit is a transaction that a bubble has outside.
type visit struct {
	news    chan bool      // true: it takes a step; false: it has ended
	steps   chan func(any) // each with the transaction; nil: it was the last
	verdict error          // of the bubble
	err     error          // of the store
}

// mostVisits is how many transactions may be under way at once.
const mostVisits = 64

// newOutside works outside until the test ends. It must not be called in a
// bubble.
func newOutside(tb testing.TB) *outside {
	tb.Helper()
	o := &outside{jobs: make(chan func()), free: make(chan *visit, mostVisits)}
	for range mostVisits {
		o.free <- &visit{news: make(chan bool, 1), steps: make(chan func(any))}
		go func() {
			for do := range o.jobs {
				do()
			}
		}()
	}
	tb.Cleanup(func() { close(o.jobs) })
	return o
}

// open opens a store outside, as another process does.
func (o *outside) open(tb testing.TB, url string, now clock) (stores, func()) {
	tb.Helper()
	var s *store.Store
	err := o.run(func() (err error) {
		s, err = store.Open(store.Config{
			URL:  url,
			Now:  func() time.Time { return time.Unix(0, o.now.Load()) },
			Skew: 100 * 365 * 24 * time.Hour, // bubbles begin in the year 2000
		})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &outsider{o, s, now}, func() { _ = o.run(s.Close) }
}

// run does something outside.
func (o *outside) run(do func() error) error {
	v := <-o.free
	defer func() { o.free <- v }()
	o.jobs <- func() {
		v.err = do()
		v.news <- false
	}
	<-v.news
	return v.err
}

// transact runs fn in the bubble, on a transaction that is outside.
func transact[T any](ctx context.Context, s *outsider, begin func(context.Context, func(T) error) error, fn func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := s.o
	o.now.Store(s.now().UnixNano())
	v := <-o.free
	defer func() { o.free <- v }()
	o.jobs <- func() { //nolint:contextcheck // one of the bubble must not be touched outside
		v.err = begin(context.Background(), func(tx T) error { return v.host(tx) })
		v.news <- false
	}
	for <-v.news {
		v.guest(func() error { return fn(any(remote{v}).(T)) })
	}
	return v.err
}

// host is what runs outside.
func (v *visit) host(tx any) error {
	for {
		v.news <- true
		step := <-v.steps
		if step == nil {
			return v.verdict
		}
		step(tx)
	}
}

var errGivenUp = errors.New("the test ended within a transaction")

// guest is what runs in the bubble.
func (v *visit) guest(fn func() error) {
	v.verdict = errGivenUp
	defer func() { v.steps <- nil }()
	v.verdict = fn()
}

// do takes a step outside.
func do[T any](r remote, step func(T)) {
	r.v.steps <- func(tx any) { step(tx.(T)) }
	<-r.v.news
}

// outsider is a store outside.
type outsider struct {
	o   *outside
	s   *store.Store
	now clock
}

func (s *outsider) Orders() order.Store        { return far[order.Tx]{s, s.s.Orders()} }
func (s *outsider) Cards() order.CardStore     { return far[order.CardTx]{s, s.s.Cards()} }
func (s *outsider) Prompts() order.PromptStore { return far[order.PromptTx]{s, s.s.Prompts()} }
func (s *outsider) Tasks() order.TaskStore     { return far[order.TaskTx]{s, s.s.Tasks()} }
func (s *outsider) Audit() audit.Store         { return farTrail{far[audit.Tx]{s, s.s.Audit()}} }
func (s *outsider) Leases() lease.Store        { return farLeases{s} }

func (s *outsider) Passkeys() passkey.Store { return far[passkey.StoreTx]{s, s.s.Passkeys()} }

func (s *outsider) Nudges() order.NudgeStore { return farNudges{s} }

type farNudges struct{ s *outsider }

func (f farNudges) Read(ctx context.Context, fn func(order.NudgeTx) error) error {
	return transact(ctx, f.s, f.s.s.Nudges().Read, fn)
}

func (r remote) ToNudge(exchange string, at time.Time) (ids []string, err error) {
	do(r, func(tx order.NudgeTx) { ids, err = tx.ToNudge(exchange, at) })
	return ids, err
}

func (r remote) NextNudge(exchange string) (at time.Time, err error) {
	do(r, func(tx order.NudgeTx) { at, err = tx.NextNudge(exchange) })
	return at, err
}

func (s *outsider) Verification() transaction.Reader[order.VerifyTx] { return farCheck{s} }

// far is a domain of a store outside.
type far[T any] struct {
	s *outsider
	d transaction.Store[T]
}

func (f far[T]) Read(ctx context.Context, fn func(T) error) error {
	return transact(ctx, f.s, f.d.Read, fn)
}

func (f far[T]) Write(ctx context.Context, fn func(T) error) error {
	return transact(ctx, f.s, f.d.Write, fn)
}

type farCheck struct{ s *outsider }

func (f farCheck) Read(ctx context.Context, fn func(order.VerifyTx) error) error {
	return transact(ctx, f.s, f.s.s.Verification().Read, fn)
}

type farTrail struct{ far[audit.Tx] }

func (f farTrail) Head(ctx context.Context) (int64, error) {
	var seq int64
	err := f.s.run(ctx, func(ctx context.Context) (err error) {
		seq, err = f.s.s.Audit().Head(ctx)
		return err
	})
	return seq, err
}

type farLeases struct{ s *outsider }

func (f farLeases) Acquire(ctx context.Context, name, holder string, term time.Duration) (mine bool, err error) {
	err = f.s.run(ctx, func(ctx context.Context) (err error) {
		mine, err = f.s.s.Leases().Acquire(ctx, name, holder, term)
		return err
	})
	return mine, err
}

func (f farLeases) Release(ctx context.Context, name, holder string) error {
	return f.s.run(ctx, func(ctx context.Context) error { return f.s.s.Leases().Release(ctx, name, holder) })
}

// run does something with the store, outside.
func (s *outsider) run(ctx context.Context, call func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.o.now.Store(s.now().UnixNano())
	return s.o.run(func() error { return call(context.Background()) }) //nolint:contextcheck // see transact
}

// remote is a transaction outside, as the bubble has it.
type remote struct{ v *visit }

func (r remote) Key() (key []byte, err error) {
	do(r, func(tx order.Keyed) { key, err = tx.Key() })
	return key, err
}

// orderReader is what transactions of orders, of cards and of a check have.
type orderReader interface {
	Order(id string) (order.Record, error)
}

func (r remote) Order(id string) (o order.Record, err error) {
	do(r, func(tx orderReader) { o, err = tx.Order(id) })
	return o, err
}

func (r remote) Insert(o order.Record) (err error) {
	do(r, func(tx order.Tx) { err = tx.Insert(o) })
	return err
}

func (r remote) Save(o order.Record) (err error) {
	do(r, func(tx order.Tx) { err = tx.Save(o) })
	return err
}

func (r remote) Requests(exchange, key string) (list []order.Record, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Requests(exchange, key) })
	return list, err
}

func (r remote) Holder(exchange, number string) (id string, err error) {
	do(r, func(tx order.Tx) { id, err = tx.Holder(exchange, number) })
	return id, err
}

func (r remote) DoneSince(exchange string, numbers []string, since time.Time, but string) (was bool, err error) {
	do(r, func(tx order.Tx) { was, err = tx.DoneSince(exchange, numbers, since, but) })
	return was, err
}

func (r remote) History(exchange, number string) (list []order.Past, err error) {
	do(r, func(tx order.Tx) { list, err = tx.History(exchange, number) })
	return list, err
}

func (r remote) Claims(exchange string, from, until time.Time) (list []order.Claim, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Claims(exchange, from, until) })
	return list, err
}

func (r remote) Acts(exchange string, since time.Time) (list []order.Act, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Acts(exchange, since) })
	return list, err
}

func (r remote) Underway(exchange, but string) (list []order.Underway, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Underway(exchange, but) })
	return list, err
}

func (r remote) Requesters(exchange, realm string) (list []string, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Requesters(exchange, realm) })
	return list, err
}

func (r remote) OwnLook(exchange string) (look order.OwnLook, err error) {
	do(r, func(tx order.Tx) { look, err = tx.OwnLook(exchange) })
	return look, err
}

func (r remote) OwnFees(exchange string, take func(order.OwnFee) error) (err error) {
	do(r, func(tx order.Tx) { err = tx.OwnFees(exchange, take) })
	return err
}

func (r remote) CountOpen(exchange, requester string) (n int, err error) {
	do(r, func(tx order.Tx) { n, err = tx.CountOpen(exchange, requester) })
	return n, err
}

func (r remote) Orders(f order.Filter) (list []order.Record, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Orders(f) })
	return list, err
}

func (r remote) Due(exchange string, now time.Time) (ids []string, err error) {
	do(r, func(tx order.Tx) { ids, err = tx.Due(exchange, now) })
	return ids, err
}

func (r remote) Asked(exchange, requester string, from, until time.Time) (list []order.Record, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Asked(exchange, requester, from, until) })
	return list, err
}

func (r remote) ToSend(exchange string, at time.Time) (ids []string, err error) {
	do(r, func(tx order.Tx) { ids, err = tx.ToSend(exchange, at) })
	return ids, err
}

func (r remote) NextToSend(exchange string) (id string, at time.Time, err error) {
	do(r, func(tx order.Tx) { id, at, err = tx.NextToSend(exchange) })
	return id, at, err
}

func (r remote) Ahead(exchange string, claim, look time.Time) (ids []string, err error) {
	do(r, func(tx order.Tx) { ids, err = tx.Ahead(exchange, claim, look) })
	return ids, err
}

func (r remote) NextDue(exchange string) (at time.Time, err error) {
	do(r, func(tx order.Tx) { at, err = tx.NextDue(exchange) })
	return at, err
}

func (r remote) Looked(exchange string, now time.Time) (err error) {
	do(r, func(tx order.Tx) { err = tx.Looked(exchange, now) })
	return err
}

func (r remote) Day(exchange, day string) (list []order.Reservation, err error) {
	do(r, func(tx order.Tx) { list, err = tx.Day(exchange, day) })
	return list, err
}

func (r remote) Append(e audit.Entry) (seq int64, hash string, err error) {
	do(r, func(tx audit.Appender) { seq, hash, err = tx.Append(e) })
	return seq, hash, err
}

func (r remote) Entries(take func(audit.Kept) error) (err error) {
	do(r, func(tx audit.Walker) { err = tx.Entries(take) })
	return err
}

func (r remote) Lasts(take func(id string, seq int64, hash string) error) (err error) {
	do(r, func(tx order.VerifyTx) { err = tx.Lasts(take) })
	return err
}

func (r remote) Misfiled(o order.Record) (column string, err error) {
	do(r, func(tx order.VerifyTx) { column, err = tx.Misfiled(o) })
	return column, err
}

func (r remote) Passkey(id passkey.Bytes) (c passkey.Credential, err error) {
	do(r, func(tx passkey.Tx) { c, err = tx.Passkey(id) })
	return c, err
}

func (r remote) Passkeys(person string) (list []passkey.Credential, err error) {
	do(r, func(tx passkey.Tx) { list, err = tx.Passkeys(person) })
	return list, err
}

func (r remote) SavePasskey(c passkey.Credential) (err error) {
	do(r, func(tx passkey.Tx) { err = tx.SavePasskey(c) })
	return err
}

func (r remote) AddPasskey(c passkey.Credential) (err error) {
	do(r, func(tx passkey.StoreTx) { err = tx.AddPasskey(c) })
	return err
}

func (r remote) RemovePasskey(id passkey.Bytes, at time.Time) (err error) {
	do(r, func(tx passkey.StoreTx) { err = tx.RemovePasskey(id, at) })
	return err
}

func (r remote) Begin(p passkey.Pending) (err error) {
	do(r, func(tx passkey.StoreTx) { err = tx.Begin(p) })
	return err
}

func (r remote) Pending(hash string) (p passkey.Pending, err error) {
	do(r, func(tx passkey.StoreTx) { p, err = tx.Pending(hash) })
	return p, err
}

func (r remote) End(hash string) (err error) {
	do(r, func(tx passkey.StoreTx) { err = tx.End(hash) })
	return err
}

func (r remote) Since(seq int64, most int) (list []audit.Kept, err error) {
	do(r, func(tx audit.Tx) { list, err = tx.Since(seq, most) })
	return list, err
}

func (r remote) Behind(exchange string, after int64, most int) (list []order.CardRow, err error) {
	do(r, func(tx order.CardTx) { list, err = tx.Behind(exchange, after, most) })
	return list, err
}

func (r remote) OpenCards(exchange string, most int) (list []order.CardRow, err error) {
	do(r, func(tx order.CardTx) { list, err = tx.OpenCards(exchange, most) })
	return list, err
}

func (r remote) Card(id string) (c order.CardRow, err error) {
	do(r, func(tx order.CardTx) { c, err = tx.Card(id) })
	return c, err
}

func (r remote) NoteCard(c order.CardRow) (err error) {
	do(r, func(tx order.CardTx) { err = tx.NoteCard(c) })
	return err
}

func (r remote) SaveCard(c order.CardRow) (err error) {
	do(r, func(tx order.CardTx) { err = tx.SaveCard(c) })
	return err
}

func (r remote) DoubtCard(id string) (err error) {
	do(r, func(tx order.CardTx) { err = tx.DoubtCard(id) })
	return err
}

func (r remote) Companions(exchange string, kind order.Companion, waiting bool, most int) (list []order.CardRow, err error) {
	do(r, func(tx order.CardTx) { list, err = tx.Companions(exchange, kind, waiting, most) })
	return list, err
}

func (r remote) Companion(kind order.Companion, id string) (c order.CardRow, err error) {
	do(r, func(tx order.CardTx) { c, err = tx.Companion(kind, id) })
	return c, err
}

func (r remote) NoteCompanion(kind order.Companion, c order.CardRow) (noted bool, err error) {
	do(r, func(tx order.CardTx) { noted, err = tx.NoteCompanion(kind, c) })
	return noted, err
}

func (r remote) SaveCompanion(kind order.Companion, c order.CardRow) (err error) {
	do(r, func(tx order.CardTx) { err = tx.SaveCompanion(kind, c) })
	return err
}

func (r remote) DoubtCompanions(exchange string, kind order.Companion) (err error) {
	do(r, func(tx order.CardTx) { err = tx.DoubtCompanions(exchange, kind) })
	return err
}

func (r remote) Mark(reader string) (seq int64, err error) {
	do(r, func(tx audit.Tx) { seq, err = tx.Mark(reader) })
	return seq, err
}

func (r remote) SetMark(reader string, seq int64) (err error) {
	do(r, func(tx audit.Tx) { err = tx.SetMark(reader, seq) })
	return err
}

func (r remote) IssuePrompt(i order.Prompt) (err error) {
	do(r, func(tx order.PromptTx) { err = tx.IssuePrompt(i) })
	return err
}

func (r remote) Prompt(hash string) (i order.Prompt, err error) {
	do(r, func(tx order.PromptTx) { i, err = tx.Prompt(hash) })
	return i, err
}

func (r remote) UsePrompt(hash string) (err error) {
	do(r, func(tx order.PromptTx) { err = tx.UsePrompt(hash) })
	return err
}

func (r remote) Stats(exchange string, now time.Time) (st order.Stats, err error) {
	do(r, func(tx order.Tx) { st, err = tx.Stats(exchange, now) })
	return st, err
}

func (r remote) Mandate(exchange, name string) (row mandate.Row, err error) {
	do(r, func(tx mandate.Tx) { row, err = tx.Mandate(exchange, name) })
	return row, err
}

func (r remote) Mandates(exchange string) (rows []mandate.Row, err error) {
	do(r, func(tx mandate.Tx) { rows, err = tx.Mandates(exchange) })
	return rows, err
}

func (r remote) KeepMandate(row mandate.Row) (err error) {
	do(r, func(tx mandate.Tx) { err = tx.KeepMandate(row) })
	return err
}

func (r remote) MandateUses(id string) (uses []mandate.Use, err error) {
	do(r, func(tx mandate.Tx) { uses, err = tx.MandateUses(id) })
	return uses, err
}
