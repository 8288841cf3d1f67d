package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/audit"
	"didops/internal/notify"
	"didops/internal/store"
	"didops/internal/testing/wide"
	"didops/internal/webhook"
)

// plan is a history: what happens, what receivers make of it, and when processes
// die.
type plan struct {
	Events []planned
	Does   [2][]string // what a receiver does with its requests, the first of them; then it says yes
	Lives  []life      // of processes
}

type planned struct {
	Pause   int // seconds before it
	Subject int
	Elsehow bool // it is of another exchange
}

// life is one of a process, which begins when there is room for it.
type life struct {
	Begins   int // seconds after the one before
	Write    int // dies after this write; 0 = not so
	Arrival  int // dies when this event of its own has arrived; 0 = not so
	Orderly  bool
	Lasts    int // seconds, where it is none of these
	Together bool
}

func drawPlan(rt *rapid.T) plan {
	var p plan
	p.Events = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) planned {
		return planned{rapid.IntRange(0, 20).Draw(t, "pause"), rapid.IntRange(0, 3).Draw(t, "subject"), rapid.IntRange(0, 9).Draw(t, "else") == 0}
	}), 1, 25).Draw(rt, "events")
	for i := range p.Does {
		p.Does[i] = rapid.SliceOfN(rapid.SampledFrom([]string{
			"yes", "yes", "yes", "500", "deaf", "hangs up", "slow", "302", "429", "503 later", "400",
		}), 0, 30).Draw(rt, fmt.Sprint("receiver ", i))
	}
	p.Lives = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) life {
		l := life{Begins: rapid.IntRange(0, 40).Draw(t, "begins"), Lasts: rapid.IntRange(0, 120).Draw(t, "lasts"), Together: rapid.Bool().Draw(t, "together")}
		switch rapid.IntRange(0, 3).Draw(t, "end") {
		case 0:
			l.Write = rapid.IntRange(1, 30).Draw(t, "write")
		case 1:
			l.Arrival = rapid.IntRange(1, 10).Draw(t, "arrival")
		case 2:
			l.Orderly = true
		}
		return l
	}), 0, 4).Draw(rt, "lives")
	return p
}

// TestNothingIsLost plays histories in virtual time on a real file, and holds
// that every receiver has each event of its exchange, those of a subject in
// order, each under one id that no other has.
//
//	DIDOPS_TEST_WIDE=1 go test -race ./internal/notify -run TestNothingIsLost -rapid.checks=2000 -v
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	var histories, again, tried int
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		if histories == wide.Pick(40, 1<<20) {
			return
		}
		histories++
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = (&game{t: t, plan: p}).play(&again, &tried) })
		if len(wrong) > 0 {
			rt.Fatalf("%s\nof %+v", strings.Join(wrong, "\n"), p)
		}
	})
	t.Logf("%d histories, %d requests, of which %d brought what had been accepted", histories, tried, again)
}

// game is one history.
type game struct {
	t      *testing.T
	plan   plan
	world  *world
	places [2]*receiver
	want   map[string]int64 // entries by the ids of their events
	leases leases
}

func (g *game) play(again, tried *int) (wrong []string) {
	g.world = newWorld(g.t, store.Config{})
	g.want, g.leases.held = map[string]int64{}, map[string]held{}
	for i := range g.places {
		g.places[i] = newReceiver(g.t)
		g.places[i].does = g.does(g.plan.Does[i])
	}
	first := notify.New(g.config())
	stop := running(g.t, first) // so that both are known, and all that happens counts
	synctest.Wait()
	stop()
	var all sync.WaitGroup
	all.Go(g.happen)
	all.Go(g.live)
	all.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 24*time.Hour)
	stop = running(g.t, notify.New(g.config()))
	for _, r := range g.places {
		for !g.complete(r) && r.await(ctx, len(r.accepted())+1) {
		}
	}
	for left := 1; left > 0 && ctx.Err() == nil; { // what had arrived is still to be noted
		time.Sleep(10 * time.Second)
		left = 0
		for _, s := range mustStandings(g.t, first) {
			left += s.Waiting
		}
	}
	cancel()
	stop()
	for i, r := range g.places {
		wrong = append(wrong, g.judge(i, r, again, tried)...)
	}
	for _, s := range mustStandings(g.t, first) {
		if s.Waiting > 0 || s.Failed > 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %d wait and %d failed in the end", s.Name, s.Waiting, s.Failed))
		}
	}
	if err := g.world.store.Close(); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// config is that of a process which does not die.
func (g *game) config() notify.Config {
	c := g.world.config(g.targets(nil)...)
	c.Leases = &g.leases
	return c
}

func mustStandings(t *testing.T, s *notify.Service) []notify.Standing {
	t.Helper()
	list, err := s.Standings(context.Background())
	if err != nil {
		t.Error(err)
	}
	return list
}

// targets are both receivers as a process has them, which dies at an arrival if
// it is to.
func (g *game) targets(m *mortal) []notify.Target {
	list := make([]notify.Target, len(g.places))
	for i, r := range g.places {
		list[i] = r.target(g.t, "r"+strconv.Itoa(i))
		if m != nil {
			list[i].Client = &hitman{Sender: list[i].Client, process: m}
		}
	}
	return list
}

// does returns what a receiver does with its n-th request.
func (g *game) does(list []string) func(int, notify.Event) answer {
	return func(n int, _ notify.Event) answer {
		if n >= len(list) {
			return answer{status: 200}
		}
		switch list[n] {
		case "500", "302", "400":
			code, _ := strconv.Atoi(list[n])
			return answer{status: code}
		case "deaf":
			return answer{deaf: true}
		case "hangs up":
			return answer{}
		case "slow":
			return answer{status: 200, pause: 20 * time.Second}
		case "429":
			return answer{status: 429, after: "40"}
		case "503 later":
			return answer{status: 503, after: time.Now().Add(3 * time.Minute).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
		}
		return answer{status: 200}
	}
}

// happen appends what happens.
func (g *game) happen() {
	for n, e := range g.plan.Events {
		time.Sleep(time.Duration(e.Pause) * time.Second)
		entry := audit.Entry{Event: "sent", Order: "o-" + strconv.Itoa(e.Subject), Result: strconv.Itoa(n)}
		if e.Elsehow {
			entry.Exchange = "https://api.example.net alice"
		}
		hash := g.world.append(g.t, entry)[0]
		if !e.Elsehow {
			g.want[notify.ID(hash)] = int64(n + 1)
		}
	}
}

// live lets processes come and go.
func (g *game) live() {
	var all sync.WaitGroup
	for _, l := range g.plan.Lives {
		time.Sleep(time.Duration(l.Begins) * time.Second)
		run := func() { g.process(l) }
		if l.Together {
			all.Go(run)
		} else {
			run()
		}
	}
	all.Wait()
}

func (g *game) process(l life) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(l.Lasts+1)*time.Second)
	defer cancel()
	m := &mortal{store: g.world.store.Webhooks(), leases: &g.leases, last: int64(l.Write), die: cancel}
	c := g.config()
	c.Store, c.Leases, c.Targets = m, m, g.targets(m)
	for i := range c.Targets {
		c.Targets[i].Client.(*hitman).at = l.Arrival //nolint:forcetypeassert // targets makes them
	}
	if !l.Orderly {
		context.AfterFunc(ctx, func() { m.dead.Store(true) })
	}
	_ = notify.New(c).Run(ctx)
}

// hitman kills its process when its n-th event has been sent.
type hitman struct {
	notify.Sender

	process *mortal
	at      int
	mu      sync.Mutex
	n       int
}

// Send implements [notify.Sender].
func (h *hitman) Send(ctx context.Context, id string, body []byte) webhook.Result {
	r := h.Sender.Send(ctx, id, body)
	h.mu.Lock()
	h.n++
	kill := h.n == h.at
	h.mu.Unlock()
	if kill {
		h.process.kill()
	}
	return r
}

func (g *game) complete(r *receiver) bool {
	yes := map[string]bool{}
	for _, a := range r.arrivals() {
		if a.yes {
			yes[a.id] = true
		}
	}
	return len(yes) >= len(g.want)
}

// judge says what is wrong with what a receiver got.
func (g *game) judge(i int, r *receiver, again, tried *int) (wrong []string) {
	yes, last := map[string]bool{}, map[string]int64{}
	bodies := map[string]string{}
	for n, a := range r.arrivals() {
		*tried++
		seq, known := g.want[a.id]
		if !known || a.body.Data.Entry != seq {
			wrong = append(wrong, fmt.Sprintf("receiver %d: got %s of entry %d, want entry %d", i, a.id, a.body.Data.Entry, seq))
		}
		if before, there := bodies[a.id]; there && before != r.bodies[n] {
			wrong = append(wrong, fmt.Sprintf("receiver %d: %s is another the second time", i, a.id))
		}
		bodies[a.id] = r.bodies[n]
		if subject := a.body.Data.Order; seq < last[subject] {
			wrong = append(wrong, fmt.Sprintf("receiver %d: entry %d of %s after entry %d", i, seq, subject, last[subject]))
		} else {
			last[subject] = seq
		}
		if yes[a.id] {
			*again++
		}
		yes[a.id] = yes[a.id] || a.yes
	}
	for id, seq := range g.want {
		if !yes[id] {
			wrong = append(wrong, fmt.Sprintf("receiver %d: entry %d is lost", i, seq))
		}
	}
	slices.Sort(wrong)
	return wrong
}
