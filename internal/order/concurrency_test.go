package order_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/pgtest"
)

// storeKinds are the kinds of stores that real time is spent on.
func storeKinds(tb testing.TB) map[string]func(testing.TB) *harness {
	tb.Helper()
	return map[string]func(testing.TB) *harness{
		"memory": newHarness,
		"sqlite": func(tb testing.TB) *harness {
			tb.Helper()
			return onDisk(tb, sqlitePath(tb))
		},
		"postgres": func(tb testing.TB) *harness {
			tb.Helper()
			if disk := os.Getenv("DIDOPS_TEST_DISK"); disk != "" { // for figures of a real disk, to which it writes for good
				return onServer(tb, pgtest.StartIn(tb, disk).Database(tb))
			}
			return onPostgres(tb)
		},
	}
}

// TestAHundredApprovalsSendOnce approves one order of three lines a hundred
// times at once, from five processes: one decision counts, one process
// executes, every line is sent once, and everybody else is told who was first.
func TestAHundredApprovalsSendOnce(t *testing.T) {
	t.Parallel()
	for kind, world := range storeKinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			w.x.offer("9711", "9712", "9713")
			var desks []*testEngine
			for i := range 5 {
				desks = append(desks, w.engine(fmt.Sprint("process ", i)))
			}
			o := desks[0].place(http("team"), "purchase", "9711", "9712", "9713")
			var counted, told, other atomic.Int64
			var all sync.WaitGroup
			begin := make(chan struct{})
			for i := range 100 {
				by := []identity.Caller{alice(), shell("bob"), discord("2"), shell("carol")}[i%4]
				all.Go(func() {
					<-begin
					_, err := desks[i%5].Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: by})
					switch {
					case err == nil:
						counted.Add(1)
					case fault.CodeOf(err) == fault.Conflict:
						told.Add(1)
					default:
						other.Add(1)
						t.Error(err)
					}
				})
			}
			close(begin)
			all.Wait()
			if counted.Load() != 1 || told.Load() != 99 {
				t.Errorf("%d approvals counted, %d were told who was first, %d failed; want 1, 99, 0", counted.Load(), told.Load(), other.Load())
			}
			for _, digits := range []string{"9711", "9712", "9713"} {
				wantSends(t, w.x, digits, 1)
			}
			r := record(t, w.store, o.ID)
			if r.State() != order.Completed || len(r.Decisions) != 1 {
				t.Errorf("got %s with %d decisions", r.State(), len(r.Decisions))
			}
			executions := 0
			for _, e := range trail(t, w.store, o.ID) {
				if e.Event == "approved" {
					executions++
				}
			}
			if executions != 1 {
				t.Errorf("got %d executions", executions)
			}
			sound(t, w.store)
		})
	}
}

// TestOneRequestFromManyClientsIsOneOrder asks for the same at once.
func TestOneRequestFromManyClientsIsOneOrder(t *testing.T) {
	t.Parallel()
	for kind, world := range storeKinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			w.x.offer("9711", "9712")
			desks := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
			var mu sync.Mutex
			ids := map[string]int{}
			conflicts := 0
			var all sync.WaitGroup
			for i := range 60 {
				all.Go(func() {
					by, numbers := http("team"), []string{"9711", "9712"}
					if i%3 == 0 {
						by = alice()
					}
					if i%2 == 0 {
						numbers = []string{"9712", "9711"}
					}
					o, err := desks[i%len(desks)].Place(context.Background(), placement(by, "purchase", "", numbers...))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						ids[o.ID]++
					} else if fault.CodeOf(err) == fault.Conflict {
						conflicts++
					} else {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if len(ids) != 1 || conflicts != 20 && conflicts != 40 {
				t.Errorf("got orders %v and %d conflicts, want one order and the other requester's conflicts", ids, conflicts)
			}
			sound(t, w.store)
		})
	}
}

// TestLimitsHoldUnderConcurrency approves more at once than the day allows.
func TestLimitsHoldUnderConcurrency(t *testing.T) {
	t.Parallel()
	for kind, world := range storeKinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			desks := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
			var list []order.Order
			for i := range 24 {
				digits := fmt.Sprint(97100 + i)
				w.x.offer(digits)
				list = append(list, desks[i%3].place(http(fmt.Sprint("team", i)), "purchase", digits))
			}
			w.may(func(p *order.Policy) { p.MaxDayTotal = amount("15.00") })
			var all sync.WaitGroup
			var counted atomic.Int64
			for i, o := range list {
				all.Go(func() {
					if _, err := desks[i%3].Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()}); err == nil {
						counted.Add(1)
					} else if fault.CodeOf(err) != fault.Forbidden {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if counted.Load() != 5 {
				t.Errorf("%d purchases of 3.00 were approved under 15.00 a day, want 5", counted.Load())
			}
			wantSends(t, w.x, "", 5)
		})
	}
}

// BenchmarkApproveToSent measures how long it takes from the approval of an
// order of one line until the request reaches the exchange, journal included.
// The exchange takes no time.
func BenchmarkApproveToSent(b *testing.B) {
	for kind, world := range storeKinds(b) {
		b.Run(kind, func(b *testing.B) {
			w := world(b)
			defer w.close()
			d := w.engine("a")
			approveToSent(b, w, d, func(o order.Order) order.DecideRequest {
				return order.DecideRequest{Order: o.ID, Approve: true, By: alice()}
			})
		})
	}
}

// BenchmarkApproveToSentSigned is BenchmarkApproveToSent where a rule wants a passkey:
// the approval is verified when it comes and again before the send, and the key of the
// log signs that it was taken.
func BenchmarkApproveToSentSigned(b *testing.B) {
	for kind, world := range storeKinds(b) {
		if kind == "memory" {
			continue // which keeps no passkeys
		}
		b.Run(kind, func(b *testing.B) {
			w := world(b)
			defer w.close()
			v := newVault(w, burglar{}, b.TempDir())
			d := w.engine("a")
			approveToSent(b, w, d, func(o order.Order) order.DecideRequest {
				return order.DecideRequest{Order: o.ID, Approve: true, By: webOf("Bob"), Assertion: v.signs(d, "Bob", o.ID, true)}
			})
		})
	}
}

// approveToSent measures orders that are approved as yes says, which takes no part of
// the time.
func approveToSent(b *testing.B, w *harness, d *testEngine, yes func(order.Order) order.DecideRequest) {
	b.Helper()
	var began time.Time
	var took time.Duration
	w.x.onSend = func(string, *sent) { took += time.Since(began) }
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		digits := fmt.Sprint(971_000_000 + n)
		w.x.offer(digits)
		approval := yes(d.place(alice(), "purchase", digits))
		b.StartTimer()
		began = time.Now()
		if _, err := d.Decide(b.Context(), approval); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(took.Microseconds())/float64(n), "µs-to-sent/op")
}

// BenchmarkOrdersWith64Waiting measures whole orders, placed, approved,
// carried out and told to whoever asked, while 64 clients wait for theirs, or
// none, for comparison. Each waits in one of four processes on one store.
func BenchmarkOrdersWith64Waiting(b *testing.B) {
	for kind, world := range storeKinds(b) {
		b.Run(kind, func(b *testing.B) { orderWithWaiting(b, world, 64) })
		b.Run(kind+"-none", func(b *testing.B) { orderWithWaiting(b, world, 0) })
	}
}

// BenchmarkWaitForAnotherProcess measures how soon who waits in one process
// learns of a decision in another, where the store tells and where it has to be
// asked.
func BenchmarkWaitForAnotherProcess(b *testing.B) {
	for kind, world := range storeKinds(b) {
		b.Run(kind, func(b *testing.B) { waitForAnother(b, world(b), func(s stores) stores { return s }) })
		b.Run(kind+"-untold", func(b *testing.B) {
			waitForAnother(b, world(b), func(s stores) stores { return untold{s} })
		})
	}
}

// untold are stores that tell nobody of changes.
type untold struct{ stores }

func (u untold) Audit() audit.Store { return struct{ audit.Store }{u.stores.Audit()} }

func waitForAnother(b *testing.B, w *harness, as func(stores) stores) {
	b.Helper()
	defer w.close()
	waits, decides := w.engineOn("waits", as(w.open())), w.engine("decides")
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		digits := fmt.Sprint(971_000_000 + n)
		w.x.offer(digits)
		o := waits.place(http("team"), "purchase", digits)
		found := make(chan order.Order)
		go func() {
			o, _ := waits.Order(context.Background(), o.ID, http("team"), time.Minute)
			found <- o
		}()
		for waits.Waiting() == 0 {
			time.Sleep(time.Millisecond)
		}
		b.StartTimer()
		decides.approve(alice(), o)
		<-found
	}
}

func orderWithWaiting(b *testing.B, world func(testing.TB) *harness, waiting int) {
	b.Helper()
	w := world(b)
	defer w.close()
	var desks []*testEngine
	for i := range 4 {
		desks = append(desks, w.engine(fmt.Sprint("process ", i)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	var idle sync.WaitGroup
	for i := range waiting {
		digits := fmt.Sprint(972_000_000 + i)
		w.x.offer(digits)
		o := desks[i%4].place(http(fmt.Sprint("waits", i)), "purchase", digits)
		idle.Go(func() {
			for ctx.Err() == nil {
				_, _ = desks[i%4].Order(ctx, o.ID, alice(), time.Minute)
			}
		})
	}
	for i, d := range desks { // a process that has just begun makes, or opens, its store
		digits := fmt.Sprint(971_000_000 + i)
		w.x.offer(digits)
		d.approve(alice(), d.place(alice(), "purchase", digits))
	}
	n := atomic.Int64{}
	b.ResetTimer()
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			digits := fmt.Sprint(973_000_000 + i)
			w.x.offer(digits)
			d, by := desks[i%4], http(fmt.Sprint("team", i%8))
			o := d.place(by, "purchase", digits)
			if got := desks[(i+1)%4].approve(alice(), o); got.State != order.Completed {
				b.Errorf("got %s", got.State)
			}
			if got := d.see(by, o); got.State != order.Completed {
				b.Errorf("got %s", got.State)
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "orders/s")
	cancel()
	idle.Wait()
}

// sqlitePath returns a place for a store on disk. With DIDOPS_TEST_DISK it is
// there, for figures of a real disk.
func sqlitePath(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "store")
	if disk := os.Getenv("DIDOPS_TEST_DISK"); disk != "" {
		dir = filepath.Join(disk, filepath.Base(filepath.Dir(dir)))
		tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, "orders.db")
}
