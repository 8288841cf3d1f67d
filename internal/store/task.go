package store

import (
	"time"

	"didops/internal/order"
)

const (
	insertTask = `INSERT INTO tasks (hash, order_id, principal, created_us, expires_us) VALUES ($1, $2, $3, $4, $5)`
	selectTask = `SELECT order_id, principal, created_us, expires_us FROM tasks WHERE hash = $1`
	countTasks = `SELECT COUNT(*) FROM tasks WHERE order_id = $1 AND expires_us > $2`
	dropTasks  = `DELETE FROM tasks WHERE expires_us <= $1`
)

// Tasks returns the store of tasks.
func (s *Store) Tasks() order.TaskStore {
	return domain[order.TaskTx]{s, func(t *tx) order.TaskTx { return taskTx{t} }}
}

// taskTx is an [order.TaskTx].
type taskTx struct{ *tx }

// KeepTask implements [order.TaskTx]. Those that are out of time are forgotten.
func (t taskTx) KeepTask(k order.Task) error {
	if _, err := t.exec("forget old tasks", dropTasks, t.store.clock().UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec("keep a task", insertTask, k.Hash, k.Order, k.Principal, micros(k.Created), micros(k.Expires))
	return err
}

// Task implements [order.TaskTx].
func (t taskTx) Task(hash string) (order.Task, error) {
	k := order.Task{Hash: hash}
	var created, expires int64
	err := t.one("read a task", []any{&k.Order, &k.Principal, &created, &expires}, selectTask, hash)
	if err != nil {
		return order.Task{}, err
	}
	k.Created, k.Expires = moment(created), moment(expires)
	return k, nil
}

// CountTasks implements [order.TaskTx].
func (t taskTx) CountTasks(id string, now time.Time) (int, error) {
	var n int
	err := t.one("count the tasks of an order", []any{&n}, countTasks, id, now.UnixMicro())
	return n, err
}
