package store

import (
	"time"

	"didops/internal/notify"
)

const (
	receiverColumns = `exchange, name, settings, mark, seen_us, told_us, failing_us, note, closed_us`
	selectReceivers = `SELECT ` + receiverColumns + ` FROM webhooks WHERE exchange = $1 ORDER BY name`
	selectReceiver  = `SELECT ` + receiverColumns + ` FROM webhooks WHERE exchange = $1 AND name = $2`
	upsertReceiver  = `INSERT INTO webhooks (` + receiverColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (exchange, name) DO UPDATE SET settings = excluded.settings, mark = excluded.mark, seen_us = excluded.seen_us,
	told_us = excluded.told_us, failing_us = excluded.failing_us, note = excluded.note, closed_us = excluded.closed_us`
	deleteReceiver   = `DELETE FROM webhooks WHERE exchange = $1 AND name = $2`
	deleteDeliveries = `DELETE FROM webhook_deliveries WHERE exchange = $1 AND webhook = $2`

	deliveryColumns = `exchange, webhook, seq, subject, made_us, due_us, tries, ended_us, done, note`
	insertDelivery  = `INSERT INTO webhook_deliveries (` + deliveryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
	ON CONFLICT (exchange, webhook, seq) DO NOTHING`
	updateDelivery = `UPDATE webhook_deliveries SET due_us = $5, tries = $6, ended_us = $7, done = $8, note = $9
	WHERE exchange = $1 AND webhook = $2 AND seq = $3 AND tries = $4 AND ended_us = 0`

	// firstWaiting are the deliveries of a receiver that wait for none of their
	// subject.
	firstWaiting = `FROM webhook_deliveries d WHERE exchange = $1 AND webhook = $2 AND ended_us = 0
	AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.exchange = d.exchange AND e.webhook = d.webhook
	AND e.subject = d.subject AND e.ended_us = 0 AND e.seq < d.seq)`
	selectDueDeliveries = `SELECT ` + deliveryColumns + ` ` + firstWaiting + ` AND (due_us <= $3 OR due_us > $4) ORDER BY due_us, seq LIMIT $5`
	selectNext          = `SELECT COALESCE(MIN(due_us), 0) ` + firstWaiting
	hastenWaiting       = `UPDATE webhook_deliveries SET due_us = $3 WHERE exchange = $1 AND webhook = $2 AND ended_us = 0`
	forgetDelivered     = `DELETE FROM webhook_deliveries WHERE exchange = $1 AND made_us < $2`
	countWaiting        = `SELECT webhook, COUNT(*), MIN(made_us) FROM webhook_deliveries WHERE exchange = $1 AND ended_us = 0 GROUP BY webhook`
	selectNumbers       = `SELECT number FROM lines WHERE order_id = $1 ORDER BY n`
	countFailed         = `SELECT webhook, COUNT(*) FROM webhook_deliveries WHERE exchange = $1 AND ended_us > 0 AND done = 0 GROUP BY webhook`
)

// Webhooks returns the store of what is to be told to receivers.
func (s *Store) Webhooks() notify.Store {
	return domain[notify.Tx]{s, func(t *tx) notify.Tx { return webhookTx{trailTx{t}} }}
}

// webhookTx is a [notify.Tx].
type webhookTx struct{ trailTx }

// receiverRow is a receiver as it is kept.
type receiverRow struct {
	notify.Receiver

	seen, told, failing, closed int64
}

func (r *receiverRow) columns() []any {
	return []any{&r.Exchange, &r.Name, &r.Settings, &r.Mark, &r.seen, &r.told, &r.failing, &r.Note, &r.closed}
}

func (r *receiverRow) receiver() notify.Receiver {
	r.Seen, r.Told, r.Failing, r.Closed = moment(r.seen), moment(r.told), moment(r.failing), moment(r.closed)
	return r.Receiver
}

// Numbers implements [notify.Tx].
func (t webhookTx) Numbers(order string) ([]string, error) {
	var list []string
	var number string
	err := t.each("read the numbers of an order", []any{&number}, func() error {
		list = append(list, number)
		return nil
	}, selectNumbers, order)
	return list, err
}

// Receivers implements [notify.Tx].
func (t webhookTx) Receivers(exchange string) ([]notify.Receiver, error) {
	var list []notify.Receiver
	var r receiverRow
	err := t.each("read the webhooks", r.columns(), func() error {
		list = append(list, r.receiver())
		return nil
	}, selectReceivers, exchange)
	return list, err
}

// Receiver implements [notify.Tx].
func (t webhookTx) Receiver(exchange, name string) (notify.Receiver, error) {
	var r receiverRow
	err := t.one("read a webhook", r.columns(), selectReceiver, exchange, name)
	return r.receiver(), err
}

// SaveReceiver implements [notify.Tx].
func (t webhookTx) SaveReceiver(r notify.Receiver) error {
	_, err := t.exec("keep a webhook", upsertReceiver, r.Exchange, r.Name, r.Settings, r.Mark,
		micros(r.Seen), micros(r.Told), micros(r.Failing), r.Note, micros(r.Closed))
	return err
}

// DropReceiver implements [notify.Tx].
func (t webhookTx) DropReceiver(exchange, name string) error {
	for _, query := range []string{deleteDeliveries, deleteReceiver} {
		if _, err := t.exec("forget a webhook", query, exchange, name); err != nil {
			return err
		}
	}
	return nil
}

// Add implements [notify.Tx].
func (t webhookTx) Add(d notify.Delivery) error {
	_, err := t.exec("keep what a webhook is to be told", insertDelivery, d.Exchange, d.Receiver, d.Seq, d.Subject,
		micros(d.Made), micros(d.Due), d.Tries, micros(d.Ended), number(d.Done), d.Note)
	return err
}

// Due implements [notify.Tx].
func (t webhookTx) Due(exchange, receiver string, now, far time.Time, most int) ([]notify.Delivery, error) {
	var list []notify.Delivery
	var d notify.Delivery
	var made, due, ended, done int64
	columns := []any{&d.Exchange, &d.Receiver, &d.Seq, &d.Subject, &made, &due, &d.Tries, &ended, &done, &d.Note}
	err := t.each("read what a webhook is to be told", columns, func() error {
		d.Made, d.Due, d.Ended, d.Done = moment(made), moment(due), moment(ended), done == 1
		list = append(list, d)
		return nil
	}, selectDueDeliveries, exchange, receiver, micros(now), micros(far), most)
	return list, err
}

// Next implements [notify.Tx].
func (t webhookTx) Next(exchange, receiver string) (time.Time, error) {
	var due int64
	err := t.one("look when a webhook is to be told", []any{&due}, selectNext, exchange, receiver)
	return moment(due), err
}

// SaveDelivery implements [notify.Tx].
func (t webhookTx) SaveDelivery(d notify.Delivery, tries int) (bool, error) {
	n, err := t.exec("keep what a webhook was told", updateDelivery, d.Exchange, d.Receiver, d.Seq, tries,
		micros(d.Due), d.Tries, micros(d.Ended), number(d.Done), d.Note)
	return n == 1, err
}

// Hasten implements [notify.Tx].
func (t webhookTx) Hasten(exchange, receiver string, now time.Time) error {
	_, err := t.exec("have a webhook told at once", hastenWaiting, exchange, receiver, micros(now))
	return err
}

// Forget implements [notify.Tx].
func (t webhookTx) Forget(exchange string, before time.Time) error {
	_, err := t.exec("forget what webhooks were told", forgetDelivered, exchange, micros(before))
	return err
}

// Counts implements [notify.Tx].
func (t webhookTx) Counts(exchange string) (map[string]notify.Count, error) {
	counts := map[string]notify.Count{}
	var name string
	var n int
	var oldest int64
	err := t.each("count what webhooks are to be told", []any{&name, &n, &oldest}, func() error {
		counts[name] = notify.Count{Waiting: n, Oldest: moment(oldest)}
		return nil
	}, countWaiting, exchange)
	if err != nil {
		return nil, err
	}
	err = t.each("count what webhooks were not told", []any{&name, &n}, func() error {
		c := counts[name]
		c.Failed = n
		counts[name] = c
		return nil
	}, countFailed, exchange)
	return counts, err
}
