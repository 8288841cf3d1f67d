package crash_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/wide"
)

const (
	// crashNumbers is the size of the market.
	crashNumbers = 1000

	// crashPatience is how long a program may take before it counts as hung.
	crashPatience = 5 * time.Minute

	// deadAfter is when a program that was killed counts as dead to others, with
	// the deadlines of a cell, and its lease of settling has ended.
	deadAfter = 3 * time.Minute

	// crashCells is how many cells run at once. They wait for the disk.
	crashCells = 8
)

// TestCrashMatrix kills the real program, built with fail points, at every
// place that it passes, or a part of them: every write of the journal and every step on the
// network, of every scenario, also while it settles. Each time it is started
// again and must find out what happened: the journal equals what the exchange
// carried out; nothing was carried out twice, or without an approval, or is
// lost; and the programs started after the crash have sent nothing.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL here")
	}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	m := newMatrix(t, crashing(t), func(*testing.T) string { return "" })
	m.every = wide.Pick(6, 1)
	m.run(t, crashScenarios())
}

// newMatrix returns a matrix whose cells have the stores at the urls that
// place returns.
func newMatrix(t *testing.T, program string, place func(t *testing.T) string) *matrix {
	t.Helper()
	m := &matrix{program: program, place: place, slots: make(chan struct{}, crashCells), count: map[string]int{}}
	m.numbers = newCell(t, m.program, "", "").alike()
	return m
}

// run runs scenarios and logs what happened in them.
func (m *matrix) run(t *testing.T, list []scenario) {
	t.Helper()
	began := time.Now()
	var scenarios sync.WaitGroup
	for i, s := range list {
		scenarios.Go(func() { t.Run(s.name, func(t *testing.T) { m.scenario(t, s, i) }) })
	}
	scenarios.Wait()
	t.Logf("%d scenarios, %d places, %d cells, %d kills, in %s", m.count["scenarios"], m.count["places"], m.count["cells"],
		m.count["kills"], time.Since(began).Round(time.Second))
	t.Logf("cells without an order %d, with one that nobody approved %d; looks %d", m.count["none"], m.count["unapproved"], m.count["looks"])
	t.Logf("lines carried out %d, not carried out %d; interrupted in flight and settled as done %d, as failed %d, corrected %d; skipped %d, changed %d",
		m.count["carried out"], m.count["not carried out"], m.count["settled done"], m.count["settled failed"], m.count["corrected"],
		m.count["skipped"], m.count["changed"])
}

// crashSwitches is what the environment may ask of a program with fail points.
func crashSwitches() []string {
	return []string{"DIDOPS_FAILPOINT", "DIDOPS_FAILPOINTS", "DIDOPS_CLOCK"}
}

// crashing returns the path of the program with fail points, which is built
// once.
func crashing(t *testing.T) string {
	t.Helper()
	harness.RequireNoSystemConfig(t)
	path, err := buildCrashing()
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, true)
	return path
}

//nolint:gochecknoglobals // the tests of the package share it
var buildCrashing = sync.OnceValues(func() (string, error) {
	program, err := exec.LookPath("didops") // in a folder that is removed at the end
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(program), "didops-crashing")
	_, err = build(context.Background(), "-tags", "failpoints", "-ldflags", "-s -w", "-o", path, "didops/cmd/didops")
	return path, err
})

// matrix is what all cells share.
type matrix struct {
	program string
	place   func(t *testing.T) string // url of the store of a cell; "" = in a file
	every   int                       // only every so manieth place is a cell's
	numbers []offered
	slots   chan struct{}

	mu    sync.Mutex
	count map[string]int
}

func (m *matrix) add(what string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count[what] += n
}

// scenario runs a scenario without a crash, which tells what places there are,
// and then once for every place.
func (m *matrix) scenario(t *testing.T, s scenario, shift int) {
	t.Helper()
	var cells sync.WaitGroup
	for n, way := range m.routes(t, s) {
		for i, place := range m.asked(s, n, way.places) {
			if (i+shift)%min(m.every, len(way.places)) != 0 {
				continue
			}
			cells.Go(func() {
				m.slots <- struct{}{}
				defer func() { <-m.slots }()
				t.Run(fmt.Sprintf("%d %s", n+1, place), func(t *testing.T) { m.crash(t, s, n, way.to(place), i%2 == 1) })
			})
		}
	}
	cells.Wait()
	m.add("scenarios", 1)
}

// asked returns at which places of its n-th program a scenario is about a
// crash.
func (m *matrix) asked(s scenario, n int, places []string) []string {
	switch from := slices.Index(places, s.like); {
	case s.steps[n].known:
		places = nil
	case s.like != "":
		places = places[from:]
	}
	m.add("places", len(places))
	return places
}

// crashRuns is in how many runs without a crash a place must be passed.
const crashRuns = 2

// routes returns the way of each program of a scenario.
func (m *matrix) routes(t *testing.T, s scenario) []route {
	t.Helper()
	runs := make([][]*passage, len(s.steps))
	for range crashRuns {
		m.explore(t, s, runs)
	}
	routes := make([]route, len(s.steps))
	for n, step := range s.steps {
		routes[n] = routeOf(runs[n])
		if !step.known && s.like != "" && !slices.Contains(routes[n].places, s.like) {
			t.Fatalf("got %v, want %s among the places", routes[n].places, s.like)
		}
	}
	return routes
}

// explore runs a scenario without a crash and adds the way of each program.
func (m *matrix) explore(t *testing.T, s scenario, runs [][]*passage) {
	t.Helper()
	m.slots <- struct{}{}
	defer func() { <-m.slots }()
	c := m.cell(t, s)
	for n, step := range s.steps {
		way := &passage{kill: step.dies, alone: step.dies != ""}
		c.forward(step.after)
		e := step.run(c, way)
		if e.killed != (step.dies != "") {
			t.Fatalf("step %d: got killed = %v, want %v\n%s", n+1, e.killed, !e.killed, e.log)
		}
		runs[n] = append(runs[n], way)
	}
	c.recover(m, s, false)
	if out, code := c.run("audit", "verify"); code != 0 {
		t.Errorf("audit verify: got exit %d: %s", code, out)
	}
}

// cell is where a scenario happens once.
func (m *matrix) cell(t *testing.T, s scenario) *cell {
	t.Helper()
	c := newCell(t, m.program, s.settings, m.place(t))
	c.modern, c.tool = s.modern, s.tool
	c.numbers = m.numbers[:s.numbers]
	for _, n := range c.numbers {
		if s.tool != "did_purchase" {
			c.shop.sell(t, n)
		}
	}
	if s.before != nil {
		s.before(c)
	}
	return c
}

// crash runs a scenario up to a place on the way of its n-th program and looks
// at what is found afterwards. By assistant it is an assistant's program that
// looks.
func (m *matrix) crash(t *testing.T, s scenario, n int, way *passage, assistant bool) {
	t.Helper()
	m.add("cells", 1)
	c := m.cell(t, s)
	for i, step := range s.steps[:n+1] {
		c.forward(step.after)
		at := &passage{kill: step.dies, alone: step.dies != ""}
		if i == n {
			at = way
		}
		e := step.run(c, at)
		if i == n && !e.killed {
			t.Fatalf("%s is not passed, only %v: got exit %d\n%s%s", way.kill, way.places(), e.code, e.log, e.rest)
		}
		if e.killed {
			m.add("kills", 1)
		}
	}
	c.recover(m, s, assistant)
}
