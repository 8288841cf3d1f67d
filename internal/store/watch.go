package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/watch"
)

const (
	watchColumns  = `id, exchange, owner, name, rev, body`
	selectHeads   = `SELECT ` + watchColumns + ` FROM watches WHERE exchange = $1 ORDER BY name, owner`
	selectWatches = `SELECT ` + watchColumns + `, known FROM watches WHERE exchange = $1 ORDER BY name, owner`
	selectWatch   = `SELECT ` + watchColumns + `, known FROM watches WHERE id = $1`
	insertWatch   = `INSERT INTO watches (id, exchange, owner, name, rev, body, known) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	updateWatch   = `UPDATE watches SET rev = $2, body = $3, known = $4 WHERE id = $1`
	deleteWatch   = `DELETE FROM watches WHERE id = $1`

	hitColumns   = `watch, seq, found_us, ended_us, batch, told_us, message, body`
	waitingHit   = `told_us = 0 AND (ended_us = 0 OR batch > 0)`
	selectHits   = `SELECT ` + hitColumns + ` FROM watch_hits WHERE watch = $1 ORDER BY seq DESC LIMIT $2`
	selectUntold = `SELECT ` + hitColumns + ` FROM watch_hits WHERE watch = $1 AND ` + waitingHit + ` ORDER BY seq`
	upsertHit    = `INSERT INTO watch_hits (watch, seq, number, found_us, ended_us, batch, told_us, message, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (watch, seq) DO UPDATE SET body = excluded.body, ended_us = excluded.ended_us, batch = excluded.batch,
	told_us = excluded.told_us, message = excluded.message`
	endHits    = `UPDATE watch_hits SET ended_us = $3 WHERE watch = $1 AND number = $2 AND ended_us = 0`
	forgetHits = `DELETE FROM watch_hits WHERE watch = $1 AND seq <= $2 AND (CAST($3 AS BIGINT) = 1 OR NOT (` + waitingHit + `))`
	deleteHits = `DELETE FROM watch_hits WHERE watch = $1`
	countHits  = `SELECT h.watch, SUM(CASE WHEN h.told_us > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN ` + waitingHit + ` THEN 1 ELSE 0 END)
	FROM watch_hits h JOIN watches w ON w.id = h.watch WHERE w.exchange = $1 GROUP BY h.watch`
)

// Watches returns the store of watches.
func (s *Store) Watches() watch.Store {
	return domain[watch.Tx]{s, func(t *tx) watch.Tx { return watchTx{trailTx{t}} }}
}

// watchTx is a [watch.Tx].
type watchTx struct{ trailTx }

// watchRow is a watch as it is kept. What of it stands in columns can be read
// whatever became of the rest.
type watchRow struct {
	id, exchange, owner, name, body string
	rev                             int64
	known                           []byte
}

// head is where the columns of [watchColumns] go.
func (r *watchRow) head() []any { return []any{&r.id, &r.exchange, &r.owner, &r.name, &r.rev, &r.body} }

// watch returns the watch, with the numbers that it knows where it was read
// whole. Like an order, it is refused where it holds what this version does not
// know.
func (r *watchRow) watch(whole bool) watch.Watch {
	var w watch.Watch
	err := strictly(r.body, &w)
	if err == nil && whole {
		w.Known, err = watch.Unpack(r.known)
	}
	if err != nil {
		realm, id, _ := strings.Cut(r.owner, ":")
		return watch.Watch{
			ID: r.id, Exchange: r.exchange, Owner: identity.Party{Realm: realm, ID: id}, Name: r.name,
			Unreadable: unreadableWatch("watch "+r.id, err),
		}
	}
	w.Rev = r.rev
	return w
}

// unreadableWatch is the fault of what is kept of a watch and can't be read.
func unreadableWatch(what string, err error) error {
	return fault.New(fault.Unavailable, "%s can't be read: it is damaged, or of a newer didops", what).
		WithHint("Update didops, or remove the watch.").WithCause(errors.Join(watch.ErrUnreadable, err))
}

// Heads implements [watch.Tx].
func (t watchTx) Heads(exchange string) ([]watch.Watch, error) {
	var list []watch.Watch
	var r watchRow
	err := t.each("read the watches", r.head(), func() error {
		list = append(list, r.watch(false))
		return nil
	}, selectHeads, exchange)
	return list, err
}

// Watches implements [watch.Tx].
func (t watchTx) Watches(exchange string) ([]watch.Watch, error) {
	var list []watch.Watch
	var r watchRow
	err := t.each("read the watches", append(r.head(), &r.known), func() error {
		list = append(list, r.watch(true))
		return nil
	}, selectWatches, exchange)
	return list, err
}

// Watch implements [watch.Tx].
func (t watchTx) Watch(id string) (watch.Watch, error) {
	var r watchRow
	if err := t.one("read a watch", append(r.head(), &r.known), selectWatch, id); err != nil {
		return watch.Watch{}, err
	}
	w := r.watch(true)
	return w, w.Unreadable
}

func strictly(body string, into any) error {
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Insert implements [watch.Tx].
func (t watchTx) Insert(w watch.Watch) error {
	body, err := bodyOf(w)
	if err == nil {
		_, err = t.exec("keep a watch", insertWatch, w.ID, w.Exchange, w.Owner.String(), w.Key(), w.Rev, body, w.Known.Pack())
	}
	return err
}

// Save implements [watch.Tx].
func (t watchTx) Save(w watch.Watch) error {
	body, err := bodyOf(w)
	if err == nil {
		_, err = t.exec("keep a watch", updateWatch, w.ID, w.Rev, body, w.Known.Pack())
	}
	return err
}

func bodyOf(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write a watch: %w", err)
	}
	return string(b), nil
}

// Remove implements [watch.Tx].
func (t watchTx) Remove(id string) (bool, error) {
	if _, err := t.exec("remove what a watch found", deleteHits, id); err != nil {
		return false, err
	}
	n, err := t.exec("remove a watch", deleteWatch, id)
	return n > 0, err
}

// hitBody is what of a hit is kept as JSON.
type hitBody struct {
	Offer watch.Offer
	Kind  watch.Kind
}

// Hits implements [watch.Tx].
func (t watchTx) Hits(id string, most int) ([]watch.Hit, error) { return t.hits(selectHits, id, most) }

// Untold implements [watch.Tx].
func (t watchTx) Untold(id string) ([]watch.Hit, error) { return t.hits(selectUntold, id) }

func (t watchTx) hits(query string, args ...any) ([]watch.Hit, error) {
	var list []watch.Hit
	var h watch.Hit
	var found, ended, told int64
	var body string
	err := t.each("read what a watch found", []any{&h.Watch, &h.Seq, &found, &ended, &h.Batch, &told, &h.Message, &body}, func() error {
		var b hitBody
		if err := json.Unmarshal([]byte(body), &b); err != nil { //nolint:musttag // under the names that it has in Go
			return unreadableWatch("what watch "+h.Watch+" found", err)
		}
		h.Offer, h.Kind = b.Offer, b.Kind
		h.Found, h.Ended, h.Told = moment(found), moment(ended), moment(told)
		list = append(list, h)
		return nil
	}, query, args...)
	return list, err
}

// SaveHit implements [watch.Tx].
func (t watchTx) SaveHit(h watch.Hit) error {
	body, err := bodyOf(hitBody{h.Offer, h.Kind})
	if err == nil {
		_, err = t.exec("keep what a watch found", upsertHit, h.Watch, h.Seq, h.Offer.Number, micros(h.Found), micros(h.Ended), h.Batch, micros(h.Told), h.Message, body)
	}
	return err
}

// EndHits implements [watch.Tx].
func (t watchTx) EndHits(id string, numbers []string, at time.Time) error {
	for _, n := range numbers {
		if _, err := t.exec("keep that a number fits a watch no longer", endHits, id, n, micros(at)); err != nil {
			return err
		}
	}
	return nil
}

// Forget implements [watch.Tx].
func (t watchTx) Forget(id string, upTo int, waiting bool) error {
	_, err := t.exec("forget what a watch found", forgetHits, id, upTo, number(waiting))
	return err
}

// Counts implements [watch.Tx].
func (t watchTx) Counts(exchange string) (map[string]watch.Count, error) {
	counts := map[string]watch.Count{}
	var id string
	var c watch.Count
	err := t.each("count what watches found", []any{&id, &c.Told, &c.Waiting}, func() error {
		counts[id] = c
		return nil
	}, countHits, exchange)
	return counts, err
}
