package order_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"didops/internal/audit"
	"didops/internal/lease"
	"didops/internal/order"
	"didops/internal/transaction"
)

// stores is what a process of a test has its store by.
type stores interface {
	Orders() order.Store
	Audit() audit.Store
	Cards() order.CardStore
	Prompts() order.PromptStore
	Tasks() order.TaskStore
	Leases() lease.Store
	Nudges() order.NudgeStore
	Verification() transaction.Reader[order.VerifyTx]
}

// on sets the stores of an engine.
func on(s stores, c order.Config) order.Config {
	c.Store, c.Audit, c.Cards, c.Prompts, c.Tasks, c.Leases = s.Orders(), s.Audit(), s.Cards(), s.Prompts(), s.Tasks(), s.Leases()
	if m, ok := s.(interface{ Moves() order.MovesStore }); ok {
		c.Moves = m.Moves()
	}
	c.Nudges = s.Nudges()
	return c
}

// process is a store as one process has it, which can be made to fail.
type process struct {
	stores
	plan sync.Mutex
	dead bool
	used int
	next []failure // what happens to the coming writes, from the first
}

// failure is what happens to one write.
type failure struct {
	fails bool
	kept  bool // the commit was kept, though an error is returned
	crash bool // and it is the last thing that the process does
}

func newProcess(s stores) *process { return &process{stores: s} }

func (p *process) fail(list ...failure) {
	p.plan.Lock()
	defer p.plan.Unlock()
	p.next = list
}

// crash ends the process at once.
func (p *process) crash() {
	p.plan.Lock()
	defer p.plan.Unlock()
	p.dead = true
}

func (p *process) alive() error {
	p.plan.Lock()
	defer p.plan.Unlock()
	p.used++
	if p.dead {
		return errCrashed
	}
	return nil
}

// calls returns how often the store was used.
func (p *process) calls() int {
	p.plan.Lock()
	defer p.plan.Unlock()
	return p.used
}

// write does a write, which keeps nothing where it is given an error.
func (p *process) write(do func(veto error) error) error {
	p.plan.Lock()
	p.used++
	if p.dead {
		p.plan.Unlock()
		return errCrashed
	}
	var f failure
	if len(p.next) > 0 {
		f, p.next = p.next[0], p.next[1:]
	}
	p.dead = f.crash
	p.plan.Unlock()
	var fails, veto error
	switch {
	case f.crash:
		fails = errCrashed
	case f.fails:
		fails = errCommit
	}
	if !f.kept {
		veto = fails
	}
	if err := do(veto); err != nil {
		return err
	}
	return fails
}

func (p *process) Orders() order.Store        { return part[order.Tx]{p, p.stores.Orders()} }
func (p *process) Prompts() order.PromptStore { return part[order.PromptTx]{p, p.stores.Prompts()} }
func (p *process) Tasks() order.TaskStore     { return part[order.TaskTx]{p, p.stores.Tasks()} }
func (p *process) Leases() lease.Store        { return leasing{p, p.stores.Leases()} }

func (p *process) Nudges() order.NudgeStore { return reading{p, p.stores.Nudges()} }

// reading is what finds orders that somebody is to be reminded of.
type reading struct {
	p *process
	s order.NudgeStore
}

func (r reading) Read(ctx context.Context, fn func(order.NudgeTx) error) error {
	if err := r.p.alive(); err != nil {
		return err
	}
	return r.s.Read(ctx, fn)
}

func (p *process) Audit() audit.Store {
	return trailing{part[audit.Tx]{p, p.stores.Audit()}, p.stores.Audit()}
}

// part is a domain of the store as the process has it.
type part[T any] struct {
	p *process
	s transaction.Store[T]
}

func (d part[T]) Read(ctx context.Context, fn func(T) error) error {
	if err := d.p.alive(); err != nil {
		return err
	}
	return d.s.Read(ctx, fn)
}

func (d part[T]) Write(ctx context.Context, fn func(T) error) error {
	return d.p.write(func(veto error) error {
		return d.s.Write(ctx, func(tx T) error {
			if err := fn(tx); err != nil {
				return err
			}
			return veto
		})
	})
}

// trailing is the trail as the process has it.
type trailing struct {
	part[audit.Tx]
	s audit.Store
}

func (t trailing) Head(ctx context.Context) (int64, error) {
	if err := t.p.alive(); err != nil {
		return 0, err
	}
	return t.s.Head(ctx)
}

// leasing are the leases as the process has them.
type leasing struct {
	p *process
	s lease.Store
}

func (l leasing) Acquire(ctx context.Context, name, holder string, term time.Duration) (mine bool, err error) {
	err = l.p.write(func(veto error) error {
		if veto != nil {
			return veto
		}
		mine, err = l.s.Acquire(ctx, name, holder, term)
		return err
	})
	return mine && err == nil, err
}

func (l leasing) Release(ctx context.Context, name, holder string) error {
	return l.p.write(func(veto error) error {
		if veto != nil {
			return veto
		}
		return l.s.Release(ctx, name, holder)
	})
}

// memoryLeases are leases in memory.
type memoryLeases struct {
	now  func() time.Time
	mu   sync.Mutex
	kept map[string]leased
}

type leased struct {
	holder string
	until  time.Time
}

func (m *memoryLeases) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if l := m.kept[name]; ctx.Err() != nil || l.holder != "" && l.holder != holder && now.Before(l.until) && !l.until.After(now.Add(term+10*time.Second)) {
		return false, ctx.Err()
	}
	m.kept[name] = leased{holder, now.Add(term)}
	return true, nil
}

func (m *memoryLeases) Release(_ context.Context, name, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept[name].holder == holder {
		delete(m.kept, name)
	}
	return nil
}

// memoryPrompts are prompts in memory.
type memoryPrompts struct {
	mu   sync.Mutex
	kept map[string]order.Prompt
}

func (m *memoryPrompts) Read(ctx context.Context, fn func(order.PromptTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(ctx.Err(), fn(promptTx(m.kept)))
}

func (m *memoryPrompts) Write(ctx context.Context, fn func(order.PromptTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := promptTx(maps.Clone(m.kept))
	if err := errors.Join(ctx.Err(), fn(tx)); err != nil {
		return err
	}
	m.kept = tx
	return nil
}

// promptTx is an [PromptTx].
type promptTx map[string]order.Prompt

func (t promptTx) Key() ([]byte, error) { return []byte(memoryKey), nil }

func (t promptTx) IssuePrompt(p order.Prompt) error {
	t[p.Hash] = p
	return nil
}

func (t promptTx) Prompt(hash string) (order.Prompt, error) {
	p, ok := t[hash]
	if !ok {
		return p, order.ErrNone
	}
	return p, nil
}

func (t promptTx) UsePrompt(hash string) error {
	p, err := t.Prompt(hash)
	if p.Used = true; err == nil {
		t[hash] = p
	}
	return err
}
