package order_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/schedule"
	"didops/internal/testing/wide"
)

// TestYearsBeforeRenewal plays virtual years in which numbers are given up
// before they renew, while processes with clocks that lie die at any write,
// requests are lost, the exchange is away, what was approved changes, and people
// take back what they asked for, mostly at the last moment. Nothing is sent
// early or twice, or after it was taken back; and where a process ran and the
// exchange could be reached for a while, nothing is charged again but what was
// sent and lost. Run with -v it prints what happened.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/order -run TestYearsBeforeRenewal -rapid.checks=1000 -v
func TestYearsBeforeRenewal(t *testing.T) {
	t.Parallel()
	all := newTally()
	defer func() { t.Log(all) }()
	rapid.Check(t, func(rt *rapid.T) {
		months := wide.Pick(2, 8)
		seeds := rapid.SliceOfN(rapid.Uint64(), months, months).Draw(rt, "months")
		var broken []string
		synctest.Test(t, func(t *testing.T) { broken = playYears(newHarness(t), all, seeds) })
		if len(broken) > 0 {
			rt.Fatal(strings.Join(broken, "\n"))
		}
	})
}

// How a month goes.
const (
	somebodyRuns = iota
	nobodyRuns
	anything
)

// linesAMonth is how many numbers are given up in each.
const linesAMonth = 13

// years is one history. What is to happen is drawn before anything runs at once:
// a source of numbers is for one goroutine, and what each of several draws would
// be another at every run.
type years struct {
	*harness
	count  *tally
	rnd    *rand.Rand // of the goroutine that plays the months
	mode   int
	slots  []*replica
	orders []string
	fated  map[string]bool // numbers that something is to happen to

	running sync.WaitGroup
	mu      sync.Mutex // guards what is below
	broken  []string
	back    map[string]time.Time // by order: when somebody was told that it is taken back
	dead    map[string]bool      // ids of engines that died, or whose journal faltered
}

// replica is where one process that stays runs after another. It is used by one
// goroutine at a time: that of the month, or the one that disturbs it.
type replica struct {
	*clocked
	name string
	disk *process
}

// disturbance is what happens to a replica at a time, and by how much the clock
// of a process is ahead that begins then.
type disturbance struct {
	at     time.Time
	what   string // "crash", "falter", "crash at a write", "begin" where it is down, or "begin for good"
	writes []failure
	ahead  time.Duration
}

func playYears(w *harness, count *tally, seeds []uint64) []string {
	w.Helper()
	y := &years{harness: w, count: count, dead: map[string]bool{}}
	w.may(func(p *order.Policy) { p.MaxNumbersPerOrder, p.ExpiresAfter = 0, time.Hour })
	w.x.onSend = y.arrives
	began := time.Now()
	for month, seed := range seeds {
		y.rnd = rand.New(rand.NewPCG(seed, 7))
		if y.month(month); len(y.broken) > 0 {
			break
		}
	}
	y.close()
	count.add("runs")
	for range int(time.Since(began) / (24 * time.Hour)) {
		count.add("days")
	}
	sound(w, w.store)
	return y.broken
}

func (y *years) wrong(format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.broken = append(y.broken, fmt.Sprintf(format, args...))
}

// arrives holds that a request is neither early nor late, by the clock of the
// exchange, that its number has not renewed, and that it is the only one but for
// those that were turned away.
func (y *years) arrives(_ string, s *sent) {
	y.count.add("sends")
	now, l := time.Now(), s.line
	if now.Before(l.Send.From) || !now.Before(l.Send.Until) {
		y.wrong("%s was sent at %s, and its window is from %s to %s", l.Number, now, l.Send.From, l.Send.Until)
	}
	for _, e := range y.x.sentOf(l.Number) {
		if e.at.Before(s.at) && !e.fate.answer.proves() {
			y.wrong("%s was sent at %s and at %s", l.Number, e.at, s.at)
		}
	}
	if found := y.memory.sending(l.Number); len(found) != 1 {
		y.wrong("%s was sent, and %d orders have it under way", l.Number, len(found))
	}
}

// month gives numbers up that renew within an hour of each other.
func (y *years) month(n int) {
	y.mode = []int{somebodyRuns, somebodyRuns, somebodyRuns, somebodyRuns, nobodyRuns, anything}[y.rnd.IntN(6)]
	y.orders, y.fated, y.back = nil, map[string]bool{}, map[string]time.Time{}
	anchor := time.Now().Add(-time.Duration(y.rnd.IntN(24*24)) * time.Hour)
	var numbers []string
	for i := range linesAMonth {
		digits := fmt.Sprintf("97%d%02d", n, i)
		y.x.own(digits)
		since := anchor.Add(time.Duration(y.rnd.IntN(60)) * time.Minute)
		y.x.set(digits, func(n *number) { n.anchor, n.charged, n.contact, n.monthly = since, nil, "sip:old", "2.00" })
		numbers = append(numbers, digits)
		y.count.add("numbers")
	}
	y.ask(numbers)
	first, last := y.x.get(numbers[0]).paidUntil(), time.Time{}
	for _, digits := range numbers {
		until := y.x.get(digits).paidUntil()
		first, last = earlier(first, until), laterOf(last, until)
		y.happens(digits)
	}
	y.takesBack()
	if y.mode == nobodyRuns {
		time.Sleep(time.Until(last.Add(-sendWithin)))
	} else {
		time.Sleep(time.Until(first.Add(-lead - 10*time.Minute)))
	}
	// They lie all alike: stores refuse what is further apart.
	lies := []time.Duration{0, 0, 0, time.Minute, -time.Minute, 3 * time.Hour, -3 * time.Hour, 50 * time.Hour, -50 * time.Hour}
	y.set.Store(int64(lies[y.rnd.IntN(len(lies))]))
	defer y.set.Store(0)
	for i := range 2 {
		s := &replica{name: fmt.Sprint("replica ", i)}
		y.slots = append(y.slots, s)
		y.begin(s, y.ahead())
	}
	if y.mode != nobodyRuns {
		y.disturb(first)
	}
	time.Sleep(time.Until(last) + 25*time.Minute)
	y.running.Wait() // also for an exchange that is away for long
	time.Sleep(15 * time.Minute)
	synctest.Wait()
	for _, digits := range numbers {
		y.holds(digits)
	}
	for _, s := range y.slots {
		s.disk.fail()
	}
	y.close()
	y.slots = nil
	y.x.set(numbers[0], func(*number) { y.x.down, y.x.slow = nil, 0 })
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ask has the numbers given up by orders of several sizes.
func (y *years) ask(numbers []string) {
	d := y.engine("desk")
	for len(numbers) > 0 {
		n := min(1+y.rnd.IntN(4), len(numbers))
		y.orders = append(y.orders, d.plans(numbers[:n]...).ID)
		numbers = numbers[n:]
	}
}

// ahead draws by how much a clock is: those of processes on one store are a
// little apart.
func (y *years) ahead() time.Duration { return time.Duration(y.rnd.IntN(8)-4) * time.Second }

// begin starts a process.
func (y *years) begin(s *replica, ahead time.Duration) {
	if s.clocked != nil {
		y.dies(s)
		_ = s.Close() // it can do nothing any more
	}
	s.disk = newProcess(y.memory)
	s.clocked = y.clocked(s.name, s.disk, nil)
	s.ahead.Store(int64(ahead))
	s.Start()
	y.count.add("processes")
}

// dies notes that what a process has in hand may be lost.
func (y *years) dies(s *replica) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.dead[s.ID()] = true
}

// happens lets something come between the approval and the send.
func (y *years) happens(digits string) {
	what := []string{
		"", "", "", "", "", "", "", "", "turned away", "turned away", "no connection", "re-routed", "dearer", "cheaper", "renewed", "given up",
		"lost", "lost and done", "hangs", "refused", "nothing happens", "turned away for good",
	}[y.rnd.IntN(22)]
	takes := time.Duration(y.rnd.IntN(3000)) * time.Millisecond
	away, none := fate{answer: nothing, takes: takes}, fate{answer: unreached, takes: takes}
	switch what {
	case "re-routed":
		y.x.set(digits, func(n *number) { n.contact = "sip:elsewhere" })
	case "dearer":
		y.x.set(digits, func(n *number) { n.monthly = "2.50" })
	case "cheaper":
		y.x.set(digits, func(n *number) { n.monthly = "1.50" })
	case "renewed":
		y.x.set(digits, func(n *number) { n.charged = append(n.charged, time.Now()) })
	case "given up":
		y.x.set(digits, func(n *number) { n.owner = "" })
	case "turned away":
		y.x.will(digits, away, away)
	case "no connection":
		y.x.will(digits, none, none)
	case "turned away for good":
		y.x.will(digits, away, away, away)
	case "lost":
		y.x.will(digits, fate{answer: lost, undone: true})
	case "lost and done":
		y.x.will(digits, fate{answer: lost})
	case "hangs":
		y.x.will(digits, fate{answer: hang})
	case "refused":
		y.x.will(digits, fate{answer: refuse})
	case "nothing happens":
		y.x.will(digits, fate{undone: true})
	}
	if what != "" {
		y.count.add("happened: " + what)
	}
	y.fated[digits] = what != "" && what != "turned away" && what != "no connection" && what != "cheaper" && what != "lost and done" && what != "hangs"
}

// takesBack lets people take back some of the orders: before anything is due,
// when it is, or later.
func (y *years) takesBack() {
	d := y.engine("another desk")
	for _, id := range y.orders {
		if y.rnd.IntN(5) > 0 {
			continue
		}
		due := record(y, y.memory, id).Quote.Lines[0].Send.From
		soon := due.Add(time.Duration(y.rnd.IntN(3000)) * time.Millisecond)
		at := []time.Time{due.Add(-time.Hour), due, soon, soon, due.Add(time.Duration(y.rnd.IntN(100)) * time.Minute)}[y.rnd.IntN(5)]
		y.running.Go(func() {
			time.Sleep(time.Until(at))
			_, err := d.Cancel(context.Background(), id, shell("carol"))
			r := record(y, y.memory, id)
			switch {
			case err == nil && r.TakenBack == nil:
				y.wrong("%s was taken back, and nobody knows", id)
			case err == nil:
				y.mu.Lock()
				y.back[id] = time.Now()
				y.mu.Unlock()
				y.count.add("taken back")
				if r.Phase == order.PhaseExecuting {
					y.count.add("taken back while a line was sent")
				}
			case fault.CodeOf(err) != fault.Conflict:
				y.wrong("%s was not taken back: %v", id, err)
			default:
				y.count.add("too late to take back")
			}
		})
	}
}

// disturb lets processes die and begin again, and the exchange be away. Where
// somebody is to run, neither is for more than a part of the first hour and a
// half.
func (y *years) disturb(first time.Time) {
	begins := first.Add(-lead - 5*time.Minute)
	var plans [][]disturbance
	for range y.slots {
		plans = append(plans, y.plan(begins, first))
	}
	for i, plan := range plans {
		y.running.Go(func() {
			for _, d := range plan {
				time.Sleep(time.Until(d.at))
				y.befalls(y.slots[i], d)
			}
		})
	}
	if y.rnd.IntN(2) == 0 {
		from, long := begins.Add(time.Duration(y.rnd.IntN(40))*time.Minute), time.Duration(y.rnd.IntN(40))*time.Minute
		if y.mode == anything {
			long *= 5
		}
		y.running.Go(func() {
			time.Sleep(time.Until(from))
			y.x.set("97000", func(*number) { y.x.down = fault.New(fault.Unavailable, "no answer, or not all of it") })
			time.Sleep(long)
			y.x.set("97000", func(*number) { y.x.down = nil })
		})
		y.count.add("times away")
	}
}

// plan draws what happens to a replica within a month, in the order of its
// times. At the end somebody runs.
func (y *years) plan(begins, first time.Time) []disturbance {
	plan := []disturbance{{at: first.Add(-35 * time.Minute), what: "begin for good", ahead: y.ahead()}}
	for at := begins; at.Before(first.Add(-40 * time.Minute)); at = at.Add(time.Duration(5+y.rnd.IntN(40)) * time.Minute) {
		writes, kept := make([]failure, y.rnd.IntN(5)), y.rnd.IntN(2) == 0
		down := time.Duration(y.rnd.IntN(10)) * time.Minute
		switch again := (disturbance{at: at.Add(down), what: "begin", ahead: y.ahead()}); y.rnd.IntN(4) {
		case 0:
			plan = append(plan, disturbance{at: at, what: "crash"}, again)
		case 1:
			plan = append(plan, disturbance{at: at, what: "falter", writes: append(writes, failure{fails: true, kept: kept})})
		case 2:
			plan = append(plan, disturbance{at: at, what: "crash at a write", writes: append(writes, failure{crash: true, kept: kept})}, again)
		}
	}
	slices.SortStableFunc(plan, func(a, b disturbance) int { return a.at.Compare(b.at) })
	return plan
}

// befalls does to a replica what was drawn.
func (y *years) befalls(s *replica, d disturbance) {
	switch d.what {
	case "crash":
		s.disk.crash()
	case "falter": // of a commit that nobody knows of it may have been the send's
		y.dies(s)
		s.disk.fail(d.writes...)
	case "crash at a write":
		s.disk.fail(d.writes...)
		y.count.add("crashes planned")
	default:
		if d.what == "begin for good" {
			s.disk.fail()
		}
		if s.disk.alive() != nil {
			y.begin(s, d.ahead)
		}
	}
}

// holds compares what became of a number with what its order says.
func (y *years) holds(digits string) {
	var r order.Record
	for _, id := range y.orders {
		if found := record(y, y.memory, id); lineOf(found, digits) >= 0 {
			r = found
		}
	}
	n := lineOf(r, digits)
	l, is, sends := r.Lines[n], y.x.get(digits), y.x.sentOf(digits)
	sends = sinceOf(sends, r.Decided)
	y.count.add("lines " + string(l.State))
	answered := 0
	for _, s := range sends {
		if !s.fate.answer.proves() {
			answered++
		}
		if back := y.back[r.ID]; !back.IsZero() && s.at.After(back) {
			y.wrong("%s of %s was sent at %s, and taken back at %s", digits, r.ID, s.at, back)
		}
	}
	charged := 0
	for _, at := range is.charged {
		if !at.Before(r.Quote.Lines[n].Send.Until) {
			charged++
		}
	}
	left := l.State == order.LineWaiting || l.State == order.LineSkipped || l.State == order.LineChanged
	switch {
	case answered > 1 || len(sends) > 3:
		y.wrong("%s was sent %d times", digits, len(sends))
	case left && answered > 0:
		y.wrong("%s is %s, and was sent", digits, l.State)
	case r.State() == order.Scheduled || r.State() == order.Executing || r.State() == order.Pending:
		y.wrong("%s of %s is still %s: %+v", digits, r.ID, r.State(), l)
	case r.TakenBack != nil && l.State == order.LineWaiting && r.State() != order.Cancelled:
		y.wrong("%s of %s waits, and was taken back", digits, r.ID)
	case r.TakenBack != nil && (left || l.State == order.LineFailed && l.Said == order.SaidLater):
	case l.State == order.LineDone && charged > 0:
		y.wrong("%s is done, and was charged", digits)
	case y.mode == nobodyRuns && len(sends) > 0:
		y.wrong("%s was sent %d times, and nobody ran", digits, len(sends))
	case y.mode == somebodyRuns && !y.fated[digits] && !y.dead[l.Owner] && (charged > 0 || l.State != order.LineDone):
		y.wrong("%s of %s is %s (%s), was charged %d times, and somebody ran: %+v", digits, r.ID, l.State, l.Message, charged, l)
	case y.mode == somebodyRuns && charged > 0:
		y.count.add("charged, as something had happened or a process died while it sent")
	case charged > 0:
		y.count.add("charged, as nobody ran or all was away")
	}
}

func sinceOf(list []sent, from time.Time) []sent {
	var late []sent
	for _, s := range list {
		if !s.at.Before(from) {
			late = append(late, s)
		}
	}
	return late
}

func lineOf(r order.Record, digits string) int {
	for n, l := range r.Quote.Lines {
		if l.Number == digits {
			return n
		}
	}
	return -1
}

// TestMonthsOfNumbers holds that the exchange of these tests renews numbers as
// the calendar does.
func TestMonthsOfNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExchange()
		x.own("9711")
		x.set("9711", func(n *number) { n.anchor = time.Date(2000, 1, 31, 0, 0, 0, 0, time.UTC) })
		time.Sleep(time.Until(time.Date(2000, 5, 1, 0, 0, 0, 0, time.UTC)))
		n := x.get("9711")
		if len(n.charged) != 3 || !n.paidUntil().Equal(schedule.Months(n.anchor, 4)) {
			t.Errorf("got %v, paid until %s", n.charged, n.paidUntil())
		}
	})
}
