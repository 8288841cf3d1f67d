package mcp_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fixture"
)

// purchase is the call that buys a number.
func purchase(number string) string {
	return `"name":"line_buy","arguments":{"numbers":["` + number + `"]}`
}

// decideBy decides an order as somebody at a terminal would.
func decideBy(t *testing.T, e *order.Engine, id string, approve bool) error {
	t.Helper()
	_, err := e.Decide(t.Context(), order.DecideRequest{Order: id, Approve: approve, By: identity.Caller{
		Principal: fixture.Principal("bob", identity.Approver), Frontend: identity.FrontShell,
	}})
	return err
}

// latestOrder is the id of the latest order.
func latestOrder(t *testing.T, e *order.Engine) string {
	t.Helper()
	list, err := e.Orders(t.Context(), identity.Caller{Principal: fixture.Principal("bob", identity.Approver), Frontend: identity.FrontShell}, "", 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v, want an order", list, err)
	}
	return list[0].ID
}

// TestTasksOfReplicas makes a task in one process and follows it in all others,
// also in one that was started later.
func TestTasksOfReplicas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes to a disk")
	}
	m := &market{sales: map[string]int{}}
	path := filepath.Join(t.TempDir(), "orders.db")
	first, engine := m.start(t, path)
	places := []*url.URL{first, m.process(t, path), m.process(t, path)}
	all := tasksOverHTTP(t, balance(t, places...).Config.Handler)
	made := all(tasks, "tools/call", purchase("971500001001"))
	if made.Result.Type != "task" {
		t.Fatalf("got %s, want a task", made.raw)
	}
	everywhere := func(status string) {
		t.Helper()
		for i, place := range append(places, m.process(t, path)) {
			ask := tasksOverHTTP(t, balance(t, place).Config.Handler)
			got := ask(tasks, "tasks/get", byTask(made.Result.ID))
			if got.Result.Status != status || got.Result.TTL != made.Result.TTL || !got.Result.Created.Equal(made.Result.Created) {
				t.Errorf("process %d: got %s, want the task %s", i, got.raw, status)
			}
			if r := got.Result.Result; (r != nil) != (status == "completed") || r != nil && r.Order.Order.State != "done" {
				t.Errorf("process %d: got %s", i, got.raw)
			}
		}
	}
	everywhere("working")
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	_, engine = m.start(t, path)
	if err := decideBy(t, engine, latestOrder(t, engine), true); err != nil {
		t.Fatal(err)
	}
	everywhere("completed")
	if m.sales["971500001001"] != 1 {
		t.Errorf("got %d sales, want one", m.sales["971500001001"])
	}
}

// TestTheFirstOfApprovalAndCancellationWins lets a person approve in one process
// while the client takes the order back in another: what the task says is what
// happened.
func TestTheFirstOfApprovalAndCancellationWins(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes to a disk")
	}
	m := &market{sales: map[string]int{}}
	path := filepath.Join(t.TempDir(), "orders.db")
	first, engine := m.start(t, path)
	ask := tasksOverHTTP(t, balance(t, first, m.process(t, path)).Config.Handler)
	for i := range 16 {
		number := fmt.Sprintf("9715000%04d", 2000+i)
		made := ask(tasks, "tools/call", purchase(number))
		id := latestOrder(t, engine)
		var both sync.WaitGroup
		var approved error
		both.Go(func() { approved = decideBy(t, engine, id, true) })
		both.Go(func() {
			if ack := ask(tasks, "tasks/cancel", byTask(made.Result.ID)); ack.Result.Type != "complete" {
				t.Errorf("got %s, want it acknowledged", ack.raw)
			}
		})
		both.Wait()
		want, sales := "cancelled", 0
		if approved == nil {
			want, sales = "completed", 1
		}
		m.mu.Lock()
		if m.sales[number] != sales {
			t.Errorf("%s: got %d sales, want %d", number, m.sales[number], sales)
		}
		m.mu.Unlock()
		if got := ask(tasks, "tasks/get", byTask(made.Result.ID)); got.Result.Status != want {
			t.Errorf("%s: got %s, want it %s", number, got.raw, want)
		}
	}
}
