package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// scenario is one measurement.
type scenario struct {
	kind     kind
	era      era
	replicas int
	clients  int
	lasts    time.Duration
	interval time.Duration // between two calls of a client; 0 = as fast as it can
}

// String names the scenario.
func (s scenario) String() string {
	return fmt.Sprintf("%s, %s, %d replicas, %s", s.kind, s.era, s.replicas, s.pace())
}

func (s scenario) pace() string {
	if s.interval == 0 {
		return "full speed"
	}
	return fmt.Sprintf("every %v", s.interval)
}

// result is what was measured.
type result struct {
	took    []time.Duration // of every good call, sorted
	failed  int
	err     error // of one failed call
	lasted  time.Duration
	cpu     time.Duration // of all replicas, in that time
	before  usage         // the sums of all replicas: before the clients came,
	resting usage         // when all are connected and have called once,
	peak    usage         // and the most of each while they call
	bytes   int           // of an answer, on average over the searches
}

// play takes one measurement with servers of its own.
func (w *world) play(ctx context.Context, s scenario) (result, error) {
	f := &fleet{scenario: s, world: w}
	defer f.stop()
	var r result
	err := f.start(ctx)
	if err == nil {
		r.before, err = f.usage()
	}
	if err == nil {
		err = f.connect(ctx)
	}
	if err != nil {
		return r, err
	}
	if err := sleep(ctx, time.Second); err != nil { // for what the connecting left to do
		return r, err
	}
	if r.resting, err = f.usage(); err != nil {
		return r, err
	}
	for _, a := range f.answers {
		r.bytes += len(a.behind) / len(f.answers)
	}
	err = f.load(ctx, &r)
	return r, err
}

// fleet is the servers and clients of a measurement.
type fleet struct {
	scenario
	world    *world
	replicas []*process
	clients  []*client
	answers  []answer // one for each of the searches
}

// start starts the replicas and asks each everything once: what they read of
// the market is not measured. It learns the answers, and sees that all servers
// give the same.
func (f *fleet) start(ctx context.Context) error {
	for range f.scenario.replicas {
		p, err := f.world.serve(ctx, f.kind)
		if err != nil {
			return err
		}
		f.replicas = append(f.replicas, p)
		c := &client{scenario: f.scenario, token: f.world.tokens[0]}
		answers, err := f.ask(ctx, c, p.address)
		c.close()
		if err != nil {
			return err
		}
		if f.answers == nil {
			f.answers = answers
		}
	}
	return nil
}

// ask asks a server everything.
func (f *fleet) ask(ctx context.Context, c *client, address string) ([]answer, error) {
	if err := c.open(ctx, address, address); err != nil {
		return nil, err
	}
	var answers []answer
	for i, args := range searches {
		body, err := c.search(args)
		if err != nil {
			return nil, err
		}
		if err := f.world.same(i, body); err != nil {
			return nil, err
		}
		a, err := newAnswer(body, c.id)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// connect lets every client connect, shake hands if that is its way, and call
// once.
func (f *fleet) connect(ctx context.Context) error {
	for i := range f.scenario.clients {
		f.clients = append(f.clients, &client{scenario: f.scenario, token: f.world.tokens[i]})
	}
	errs := make([]error, len(f.clients))
	var group sync.WaitGroup
	for i, c := range f.clients {
		group.Go(func() {
			calls := f.replicas[i%len(f.replicas)].address
			at := calls
			if f.kind == didops {
				at = f.replicas[(i+1)%len(f.replicas)].address
			}
			if errs[i] = c.open(ctx, at, calls); errs[i] == nil {
				errs[i] = f.call(c, i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// call lets a client call, and checks the answer.
func (f *fleet) call(c *client, turn int) error {
	i := turn % len(searches)
	body, err := c.search(searches[i])
	if err == nil && !f.answers[i].is(body, c.id) {
		err = fmt.Errorf("a wrong answer to %s: %.300q", searches[i], body)
	}
	return err
}

// load lets all clients call until the time is over, and measures.
func (f *fleet) load(ctx context.Context, r *result) error {
	stop := make(chan struct{})
	peak := make(chan error, 1)
	before, err := f.usage()
	if err != nil {
		return err
	}
	go func() { peak <- f.watch(stop, r) }()
	begun := now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for i, c := range f.clients {
		group.Go(func() {
			took, err := f.drive(ctx, c, i, begun)
			mu.Lock()
			defer mu.Unlock()
			r.took = append(r.took, took...)
			if err != nil {
				r.err = err
				r.failed++
			}
		})
	}
	group.Wait()
	r.lasted = now().Sub(begun)
	close(stop)
	if err := errors.Join(<-peak, ctx.Err()); err != nil {
		return err
	}
	after, err := f.usage()
	r.cpu = after.cpu - before.cpu
	slices.Sort(r.took)
	return err
}

// drive lets one client call until the time is over or a call fails. At a
// steady pace the time of a call counts from when it was due, so that waiting
// for the one before is not lost.
func (f *fleet) drive(ctx context.Context, c *client, turn int, begun time.Time) ([]time.Duration, error) {
	due, last := begun, begun.Add(f.lasts)
	if f.interval > 0 {
		due = due.Add(rand.N(f.interval))
	}
	var took []time.Duration
	for ; due.Before(last) && ctx.Err() == nil; turn++ {
		if err := sleep(ctx, due.Sub(now())); err != nil {
			return took, err
		}
		if err := f.call(c, turn); err != nil {
			return took, err
		}
		end := now()
		took = append(took, end.Sub(due))
		if due = due.Add(f.interval); f.interval == 0 {
			due = end
		}
	}
	return took, nil
}

// watch keeps the most that the replicas use at a time, until it is stopped.
func (f *fleet) watch(stop <-chan struct{}, r *result) error {
	for {
		u, err := f.usage()
		if err != nil {
			return err
		}
		r.peak.resident = max(r.peak.resident, u.resident)
		r.peak.anonymous = max(r.peak.anonymous, u.anonymous)
		select {
		case <-stop:
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// usage is what all replicas use together.
func (f *fleet) usage() (usage, error) {
	var sum usage
	for _, p := range f.replicas {
		u, err := p.usage()
		if err != nil {
			return sum, err
		}
		sum.resident += u.resident
		sum.anonymous += u.anonymous
		sum.cpu += u.cpu
	}
	return sum, nil
}

func (f *fleet) stop() {
	for _, c := range f.clients {
		c.close()
	}
	for _, p := range f.replicas {
		p.stop()
	}
}

// now is the clock of all measurements.
func now() time.Time { return time.Now() } //nolint:forbidigo // see above

// sleep waits; it returns early only when ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
