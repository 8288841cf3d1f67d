package market

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"didops/internal/exchange"
)

const (
	selectAsked = `SELECT prefix, kind, features, asked_us FROM market_asked WHERE scope = $1`
	keepAsked   = `INSERT INTO market_asked (scope, prefix, kind, features, asked_us) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (scope, prefix, kind, features) DO UPDATE SET asked_us = excluded.asked_us
	WHERE market_asked.asked_us < excluded.asked_us`
	dropAsked = `DELETE FROM market_asked WHERE scope = $1 AND asked_us < $2`
)

const (
	// askedFor is how long what was asked for counts as asked for lately.
	askedFor = 24 * time.Hour
	// askedAgain is after which time it is kept once more that the same is asked
	// for.
	askedAgain = 10 * time.Minute
	// mostAsked bounds what one process keeps in mind of it.
	mostAsked = 256
	// mostLately bounds what is told of it.
	mostLately = 64
)

// noted is when something was asked for, and when that was kept last.
type noted struct{ at, kept time.Time }

// Asked notes what somebody asks for, so that it is read ahead. It only takes
// it in mind: [Mirror.KeepAsked] keeps it. Single numbers are not read ahead.
func (m *Mirror) Asked(queries ...exchange.MarketQuery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	for _, query := range queries {
		q := asked(query)
		if q.deep() {
			continue
		}
		a, known := m.asked[q]
		if !known && len(m.asked) >= mostAsked {
			m.forgetAsked()
		}
		a.at = now
		m.asked[q] = a
	}
}

// forgetAsked drops the half that was not asked for the longest.
func (m *Mirror) forgetAsked() {
	list := slices.SortedFunc(maps.Keys(m.asked), func(a, b question) int { return m.asked[a].at.Compare(m.asked[b].at) })
	for _, q := range list[:len(list)/2] {
		delete(m.asked, q)
	}
}

// KeepAsked keeps what was asked for, for other processes: what is new, or was
// asked for again after a while. Mostly there is nothing to do.
func (m *Mirror) KeepAsked(ctx context.Context) error {
	news := m.unkept()
	if len(news) == 0 {
		return nil
	}
	err := m.write(ctx, func(t *sql.Tx) error {
		if _, err := t.ExecContext(ctx, dropAsked, m.Scope, m.Now().Add(-askedFor).UnixMicro()); err != nil {
			return fmt.Errorf("forget what was asked for: %w", err)
		}
		for q, at := range news {
			if _, err := t.ExecContext(ctx, keepAsked, m.Scope, q.prefix, q.kind, int64(q.features), at.UnixMicro()); err != nil {
				return fmt.Errorf("keep what was asked for: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for q, at := range news {
		a := m.asked[q]
		a.kept = at
		m.asked[q] = a
	}
	return nil
}

func (m *Mirror) unkept() map[question]time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := map[question]time.Time{}
	for q, a := range m.asked {
		if a.kept.IsZero() || a.at.Sub(a.kept) >= askedAgain {
			news[q] = a.at
		}
	}
	return news
}

// AskedLately returns what was asked for within a day by any process, what was
// asked for last first: of many the last alone.
func (v *View) AskedLately(ctx context.Context) ([]exchange.MarketQuery, error) {
	v.m.mu.Lock()
	at := map[question]time.Time{}
	for q, a := range v.m.asked {
		at[q] = a.at
	}
	v.m.mu.Unlock()
	err := each(ctx, v.tx, func(rows *sql.Rows) error {
		var q question
		var us int64
		err := rows.Scan(&q.prefix, &q.kind, &q.features, &us)
		if when := time.UnixMicro(us); when.After(at[q]) {
			at[q] = when
		}
		return err
	}, selectAsked, v.m.Scope)
	if err != nil {
		return nil, fmt.Errorf("list what was asked for: %w", err)
	}
	oldest := v.m.Now().Add(-askedFor)
	maps.DeleteFunc(at, func(_ question, t time.Time) bool { return t.Before(oldest) })
	var list []exchange.MarketQuery
	for _, q := range slices.SortedFunc(maps.Keys(at), func(a, b question) int { return at[b].Compare(at[a]) }) {
		if len(list) == mostLately {
			break
		}
		list = append(list, q.query())
	}
	return list, nil
}

// query is what the exchange is asked.
func (q question) query() exchange.MarketQuery {
	return exchange.MarketQuery{
		Prefix: q.prefix, Type: q.kind,
		Voice: q.features&flagVoice != 0, SMS: q.features&flagSMS != 0, Fax: q.features&flagFax != 0, Video: q.features&flagVideo != 0,
	}
}
