package tools

import (
	"context"
	"encoding/json"
	"slices"

	"didops/internal/fault"
	"didops/internal/incident"
	"didops/internal/order"
)

// IssueTask returns a handle by which the principal of c, a call that led to
// the order, can follow it with [Gate.Task], and what it stands for. It is kept
// when this returns. The call has been observed, so this is not. Errors are
// those of [order.Service.IssueTask].
func (g *Gate) IssueTask(ctx context.Context, id string, c Call) (string, order.Task, error) {
	c = g.bind(c)
	var handle string
	var t order.Task
	_, err := guarded(c, func() (_ Result, err error) {
		handle, t, err = g.orders.IssueTask(ctx, id, c.caller())
		return Result{}, err
	})
	if err != nil {
		err, _ = incident.Present(ctx, g.discreet(err))
	}
	return handle, t, err
}

// Task returns what a handle of [Gate.IssueTask] stands for, and its order as it
// is. It is NotFound for a handle that is not the caller's, whatever else it
// is. It is asked again and again, so the observer is not told.
func (g *Gate) Task(ctx context.Context, handle string, c Call) (order.Task, Result, error) {
	c = g.bind(c)
	var t order.Task
	result, err := guarded(c, func() (_ Result, err error) {
		if t, err = g.task(ctx, handle, c); err != nil {
			return Result{}, err
		}
		return g.answer(ctx, t.Order, c.caller(), Answer{})
	})
	if err != nil {
		err, _ = incident.Present(ctx, g.discreet(err))
	}
	return t, result, err
}

// CancelTask takes the order of a handle back, by the operation that does so:
// it counts as a call of that, with its role. An order that is decided stays as
// it is, which is no error. Other errors are those of [Gate.Task] and
// [Gate.Call], and Forbidden where orders can't be taken back from here.
func (g *Gate) CancelTask(ctx context.Context, handle string, c Call) error {
	c = g.bind(c)
	t, err := g.task(ctx, handle, c)
	if err != nil {
		err, _ = incident.Present(ctx, g.discreet(err))
		return err
	}
	_, err = g.TakeBack(ctx, t.Order, c)
	if code := fault.CodeOf(err); code == fault.Conflict || code == fault.Expired {
		return nil
	}
	return err
}

// TakeBack takes an order back, by the operation that does so: it counts as a
// call of that, with its role. Errors are those of [Gate.Call], and Forbidden
// where orders can't be taken back from here.
func (g *Gate) TakeBack(ctx context.Context, id string, c Call) (Result, error) {
	i := slices.IndexFunc(g.catalog.tools, func(t *Tool) bool { return t.takesBack != "" && g.offers(t, c.Frontend) })
	if i < 0 {
		return Result{}, fault.New(fault.Forbidden, "orders can't be taken back here")
	}
	back := g.catalog.tools[i]
	args, err := json.Marshal(map[string]string{back.takesBack: id})
	if err != nil {
		return Result{}, err
	}
	return g.Call(ctx, Call{Tool: back.name.String(), Args: args, Frontend: c.Frontend, Principal: c.Principal})
}

// task finds the task of a handle. Without a service of orders there is none.
func (g *Gate) task(ctx context.Context, handle string, c Call) (order.Task, error) {
	if g.orders == nil {
		return order.Task{}, fault.New(fault.NotFound, "there are no tasks here")
	}
	return g.orders.Task(ctx, handle, c.caller())
}
