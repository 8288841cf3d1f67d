package order

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/transaction"
	"didops/internal/view"
)

const (
	// taskKept is how long a task can be followed after its order is out of
	// time, or after it is issued where the order is so already.
	taskKept = 24 * time.Hour

	// maxTasks is how many tasks an order may have: a client that asks for the
	// same again and again gets no more of them.
	maxTasks = 100
)

// TaskStore keeps tasks. It is implemented by internal/store. Safe for
// concurrent use, by several processes.
type TaskStore = transaction.Store[TaskTx]

// TaskTx is what issuing and following tasks needs of a transaction. Its
// methods are not safe for concurrent use and use the context of the
// transaction.
type TaskTx interface {
	// KeepTask keeps a task.
	KeepTask(t Task) error
	// Task returns the task with that hash, or [ErrNone].
	Task(hash string) (Task, error)
	// CountTasks returns how many tasks of the order can be followed at a moment.
	CountTasks(order string, now time.Time) (int, error)
}

// Task lets one principal follow one order by a handle, whatever process is
// asked and however often it was started since. It decides nothing.
type Task struct {
	Hash      string // of the handle
	Order     string
	Principal string // realm:id
	Created   time.Time
	Expires   time.Time // cannot be followed from then on
}

// IssueTask implements [Service]. The handle is random; the store keeps its
// hash, so whoever reads the store can follow nothing by it.
func (e *Engine) IssueTask(ctx context.Context, id string, by identity.Caller) (string, Task, error) {
	if e.Tasks == nil {
		return "", Task{}, fault.New(fault.Unavailable, "there is no store of tasks")
	}
	r, err := e.record(ctx, id, by)
	if err != nil {
		return "", Task{}, err
	}
	now, handle := e.now(), rand.Text()+rand.Text()
	t := Task{Hash: audit.Hash(handle), Order: r.ID, Principal: by.Principal.String(), Created: now, Expires: now.Add(taskKept)}
	if until := r.Expires.Add(taskKept); until.After(t.Expires) {
		t.Expires = until
	}
	err = e.Tasks.Write(ctx, func(tx TaskTx) error {
		n, err := tx.CountTasks(t.Order, now)
		if err != nil {
			return err
		}
		if n >= maxTasks {
			return fault.New(fault.RateLimited, "order %s is followed by %d tasks already", t.Order, n)
		}
		return tx.KeepTask(t)
	})
	return handle, t, err
}

// Task implements [Service].
func (e *Engine) Task(ctx context.Context, handle string, by identity.Caller) (Task, error) {
	if e.Tasks == nil {
		return Task{}, noTask()
	}
	var t Task
	err := e.Tasks.Read(ctx, func(tx TaskTx) error {
		var err error
		t, err = tx.Task(audit.Hash(handle))
		return err
	})
	known := err == nil && t.Principal == by.Principal.String() && e.Now().Before(t.Expires)
	if errors.Is(err, ErrNone) || err == nil && !known {
		return Task{}, noTask() // nobody else is told that it exists
	}
	return t, err
}

func noTask() error { return fault.New(fault.NotFound, "there is no such task, or not any more") }

// changed returns when an order became what it is, as far as that is kept.
func (r Record) changed() time.Time {
	at := r.Created
	for _, d := range r.Decisions {
		at = later(at, d.At)
	}
	if r.Phase == PhaseExpired {
		return later(at, r.Expires) // it is finished when somebody looks
	}
	return later(later(at, r.Decided), r.Finished)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Progress says in a line or two where the order stands, to a person who may
// decide it: while it waits, what it costs, until when and where it is decided,
// the first way to do so within 200 characters, because hosts have been seen to
// cut there. Others' words are quotations in it.
func (o Order) Progress() string {
	if o.State != Pending {
		return "Order " + o.ID + ": " + o.Message
	}
	text := o.Kind + " of " + o.Numbers()
	if o.Costs {
		text += fmt.Sprintf(" for %s %s now, %s a month", o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
	}
	if q, ok := o.AskedBack(); ok {
		text += ", its requester is asked: " + view.Quoted(q.Text)
	}
	text += ", waits until " + o.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC") + ". "
	if missing := o.Missing(); o.Needed > 1 {
		text += fmt.Sprintf("%d of %d approvals are missing. ", missing, o.Needed)
	}
	return text + strings.Join(o.ApproveAt, ". ") + "."
}
