package order_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d, other := w.engine("a"), w.engine("b")
		me := asking(http("team"))
		o := d.place(me, "purchase", "9711")
		begun := w.now().UTC()
		handle, issued, err := d.IssueTask(t.Context(), o.ID, me)
		if err != nil || len(handle) < 40 {
			t.Fatalf("got %q %v", handle, err)
		}
		if want := o.ExpiresAt.Add(24 * time.Hour); issued.Expires.Before(want) || issued.Created.After(w.now()) {
			t.Errorf("got %+v, want it kept until %s", issued, want)
		}
		if again, _, err := d.IssueTask(t.Context(), o.ID, me); err != nil || again == handle {
			t.Errorf("a second task: got %q %v, want another handle", again, err)
		}
		for name, of := range map[string]string{
			"forged": strings.Repeat("A", len(handle)), "empty": "", "its hash": audit.Hash(handle), "the order's id": o.ID,
		} {
			_, err := other.Task(t.Context(), of, me)
			wantFault(t, err, fault.NotFound)
			if err != nil && strings.Contains(err.Error(), o.ID) {
				t.Errorf("%s: got %v, want nothing told", name, err)
			}
		}
		for _, by := range []string{"other", "TEAM"} {
			_, err := d.Task(t.Context(), handle, asking(http(by)))
			wantFault(t, err, fault.NotFound)
			_, _, err = d.IssueTask(t.Context(), o.ID, asking(http(by)))
			wantFault(t, err, fault.NotFound)
		}
		got, err := other.Task(t.Context(), handle, me) // by any process
		if err != nil || got.Order != o.ID || got.Created.Before(begun.Truncate(time.Microsecond)) {
			t.Errorf("got %+v %v, want order %s", got, err, o.ID)
		}

		time.Sleep(24*time.Hour + 15*time.Minute - time.Second)
		if _, err := d.Task(t.Context(), handle, me); err != nil {
			t.Errorf("a second before its end: got %v", err)
		}
		time.Sleep(2 * time.Second)
		_, err = d.Task(t.Context(), handle, me)
		wantFault(t, err, fault.NotFound)
	})
}

// TestAnOrderHasSoManyTasks holds that whoever asks for the same again and
// again does not fill the store.
func TestAnOrderHasSoManyTasks(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		for range 100 {
			if _, _, err := d.IssueTask(t.Context(), o.ID, alice()); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := d.IssueTask(t.Context(), o.ID, alice())
		wantFault(t, err, fault.RateLimited, o.ID)
		next := d.place(alice(), "purchase", "9712")
		if _, _, err := d.IssueTask(t.Context(), next.ID, alice()); err != nil {
			t.Errorf("another order: got %v", err)
		}
	})
}

func TestWithoutAStoreOfTasks(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		d.Tasks = nil
		_, _, err := d.IssueTask(t.Context(), o.ID, alice())
		wantFault(t, err, fault.Unavailable)
		_, err = d.Task(t.Context(), "handle", alice())
		wantFault(t, err, fault.NotFound)
	})
}

// TestProgress holds what somebody is told who may decide.
func TestProgress(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		want := "purchase of +9711 for " + o.Total.DueNow.String() + " USD now, " + o.Total.MonthlyFee.String() +
			" a month, waits until " + o.ExpiresAt.Format("2006-01-02 15:04 UTC") + ". " + strings.Join(o.ApproveAt, ". ") + "."
		got := o.Progress()
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if at := strings.Index(got, "order approve "+o.ID); at < 0 || at+len("order approve "+o.ID) > 200 {
			t.Errorf("got the way to approve at %d of %q, want it within 200", at, got)
		}
		if o.Changed != o.CreatedAt {
			t.Errorf("got %s, want it changed when it was made, %s", o.Changed, o.CreatedAt)
		}
		time.Sleep(time.Minute)
		done := d.approve(alice(), o)
		if got := done.Progress(); !strings.HasPrefix(got, "Order "+o.ID+": Done") {
			t.Errorf("got %s", got)
		}
		if done.Changed.Before(done.DecidedAt) {
			t.Errorf("got %s, want it changed at %s or later", done.Changed, done.DecidedAt)
		}
		late := d.place(alice(), "purchase", "9712")
		time.Sleep(time.Hour)
		if late, err := d.Order(t.Context(), late.ID, alice(), 0); err != nil || late.State != order.Expired || late.Changed != late.ExpiresAt {
			t.Errorf("got %s changed at %s, %v, want it expired at %s", late.State, late.Changed, err, late.ExpiresAt)
		}
	})
}

// memoryTasks are tasks in memory.
type memoryTasks struct {
	mu   sync.Mutex
	kept map[string]order.Task
}

func (m *memoryTasks) Read(ctx context.Context, fn func(order.TaskTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(ctx.Err(), fn(taskTx(m.kept)))
}

func (m *memoryTasks) Write(ctx context.Context, fn func(order.TaskTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := taskTx(maps.Clone(m.kept))
	if err := errors.Join(ctx.Err(), fn(tx)); err != nil {
		return err
	}
	m.kept = tx
	return nil
}

// taskTx is an [order.TaskTx].
type taskTx map[string]order.Task

func (t taskTx) KeepTask(k order.Task) error {
	t[k.Hash] = k
	return nil
}

func (t taskTx) Task(hash string) (order.Task, error) {
	k, ok := t[hash]
	if !ok {
		return k, order.ErrNone
	}
	return k, nil
}

func (t taskTx) CountTasks(id string, now time.Time) (int, error) {
	n := 0
	for _, k := range t {
		if k.Order == id && k.Expires.After(now) {
			n++
		}
	}
	return n, nil
}

func (r remote) KeepTask(k order.Task) (err error) {
	do(r, func(tx order.TaskTx) { err = tx.KeepTask(k) })
	return err
}

func (r remote) Task(hash string) (k order.Task, err error) {
	do(r, func(tx order.TaskTx) { k, err = tx.Task(hash) })
	return k, err
}

func (r remote) CountTasks(id string, now time.Time) (n int, err error) {
	do(r, func(tx order.TaskTx) { n, err = tx.CountTasks(id, now) })
	return n, err
}
