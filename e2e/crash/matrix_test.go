package crash_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/e2e/harness"
)

const (
	// crashNumbers is the size of the market.
	crashNumbers = 1000

	// crashPatience is how long a program may take before it counts as hung.
	crashPatience = time.Minute

	// crashCells is how many cells run at once. They wait for the disk.
	crashCells = 8
)

// TestCrashMatrix kills the real program, built with fail points, at every
// place that it passes: every write of the journal and every step on the
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
	m := newMatrix(t, buildCrashing(t), func(*testing.T) string { return "" })
	m.run(t, crashScenarios())
}

// newMatrix returns a matrix whose cells have the stores at the urls that
// place returns.
func newMatrix(t *testing.T, program string, place func(t *testing.T) string) *matrix {
	t.Helper()
	m := &matrix{program: program, place: place, every: 1, slots: make(chan struct{}, crashCells), count: map[string]int{}}
	m.numbers = newCell(t, m.program, "", "").offers()
	return m
}

// run runs scenarios and logs what happened in them.
func (m *matrix) run(t *testing.T, list []scenario) {
	t.Helper()
	began := time.Now()
	var scenarios sync.WaitGroup
	for _, s := range list {
		scenarios.Go(func() { t.Run(s.name, func(t *testing.T) { m.scenario(t, s) }) })
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

// buildCrashing builds the program with fail points.
func buildCrashing(t *testing.T) string {
	t.Helper()
	harness.RequireNoSystemConfig(t)
	path := filepath.Join(t.TempDir(), "didops-crashing")
	build(t, "-tags", "failpoints", "-ldflags", "-s -w", "-o", path, "didops/cmd/didops")
	holds(t, path, true)
	return path
}

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

// scenario runs a scenario once without a crash, which tells what places
// there are, and then once for every place.
func (m *matrix) scenario(t *testing.T, s scenario) {
	t.Helper()
	places := m.places(t, s)
	var cells sync.WaitGroup
	for n, passed := range places {
		for i, place := range passed {
			if (i+m.shift(s))%m.every != 0 {
				continue
			}
			cells.Go(func() {
				m.slots <- struct{}{}
				defer func() { <-m.slots }()
				t.Run(fmt.Sprintf("%d %s", n+1, place), func(t *testing.T) { m.crash(t, s, n, place, i%2 == 1) })
			})
		}
	}
	cells.Wait()
	m.add("scenarios", 1)
}

// shift spreads the places that are left out over the scenarios.
func (m *matrix) shift(s scenario) int { return len(s.name) }

// places returns the places that each program of a scenario passes.
func (m *matrix) places(t *testing.T, s scenario) [][]string {
	t.Helper()
	m.slots <- struct{}{}
	defer func() { <-m.slots }()
	c := m.cell(t, s)
	var all [][]string
	for n, step := range s.steps {
		file := filepath.Join(c.home, fmt.Sprintf("places-%d", n))
		c.forward(step.after)
		e := step.run(c, step.dies, file)
		if e.killed != (step.dies != "") {
			t.Fatalf("step %d: got killed = %v, want %v\n%s", n+1, e.killed, !e.killed, e.log)
		}
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		passed := strings.Split(strings.TrimSpace(string(text)), "\n")
		switch {
		case step.known:
			passed = nil
		case s.like != "":
			from := slices.Index(passed, s.like)
			if from < 0 {
				t.Fatalf("got %v, want %s among the places", passed, s.like)
			}
			passed = passed[from:]
		}
		all = append(all, passed)
		m.add("places", len(passed))
	}
	c.recover(m, s, false)
	if out, code := c.run("audit", "verify"); code != 0 {
		t.Errorf("audit verify: got exit %d: %s", code, out)
	}
	return all
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

// crash runs a scenario up to a place in its n-th program and looks at what
// is found afterwards. By assistant it is an assistant's program that looks.
func (m *matrix) crash(t *testing.T, s scenario, n int, place string, assistant bool) {
	t.Helper()
	m.add("cells", 1)
	c := m.cell(t, s)
	for i, step := range s.steps[:n+1] {
		c.forward(step.after)
		at := step.dies
		if i == n {
			at = place
		}
		e := step.run(c, at, "")
		if i == n && !e.killed {
			t.Fatalf("%s is not passed: got exit %d\n%s%s", place, e.code, e.log, e.rest)
		}
		if e.killed {
			m.add("kills", 1)
		}
	}
	c.recover(m, s, assistant)
}
