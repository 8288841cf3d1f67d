package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/fault"
	"didops/internal/transaction"
)

// read runs fn on one consistent state. In fn, writing fails.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.readAsking(ctx, nil, fn)
}

// readAsking is read where it is known what fn is going to ask: a server answers that
// as the transaction begins.
func (s *Store) readAsking(ctx context.Context, asks []question, fn func(*tx) error) error {
	return s.observed(ctx, transaction.ReadKind, func() (bool, error) {
		p, err := s.opened(ctx, false)
		if err != nil {
			return true, err
		}
		said := &talk{asks: asks, clock: s.clock}
		sql, err := p.begin(said.within(ctx), p.reader, &p.reads)
		if err != nil {
			return true, s.engine.failure(ctx, "begin to read", err)
		}
		defer func() { _ = sql.Rollback() }()
		t := &tx{ctx: ctx, caller: ctx, sql: sql, store: s, talk: said, key: p.secret}
		if err = fn(t); err == nil {
			err = t.void // what fn made of it may lack something
		}
		return t.broke, err
	})
}

// write runs fn in a transaction that no other writer runs beside. It waits up
// to ten seconds for writers of other processes. In fn, neither write nor read
// of the same store may be called. fn runs once.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	return s.writeAsking(ctx, nil, false, fn)
}

// writeAsking is write where it is known what fn is going to ask: a server answers
// that as soon as the transaction has its turn. Where fn joins others, what it sees may
// be what is committed only together with it (see [turns]).
func (s *Store) writeAsking(ctx context.Context, asks []question, joins bool, fn func(*tx) error) error {
	return s.observed(ctx, transaction.WriteKind, func() (bool, error) {
		p, err := s.opened(ctx, true)
		if err != nil {
			return true, err
		}
		if p.turns != nil {
			return s.writeInTurn(ctx, p, joins, fn)
		}
		// A commit that has begun is not interrupted: whether it counts would not
		// be known.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		if p.within > 0 {
			defer time.AfterFunc(p.within, cancel).Stop()
		}
		stop := context.AfterFunc(ctx, cancel)
		defer stop()
		t, token, err := s.begun(ctx, own, p, asks)
		if err != nil {
			return true, err
		}
		defer func() { _ = t.sql.Rollback() }() // does nothing after Commit
		if err := t.does(fn); err != nil {
			return t.broke, err
		}
		if !stop() {
			return false, ctx.Err()
		}
		if !p.same() {
			return true, s.engine.failure(ctx, "commit", errReplaced)
		}
		s.hook(BeforeCommit)
		if err := s.engine.commit(own, p, t, token); err != nil {
			return t.broke || !t.told, err
		}
		s.hook(AfterCommit)
		return false, nil
	})
}

// begun begins a transaction that may write, of the context own.
func (s *Store) begun(ctx, own context.Context, p *pools, asks []question) (t *tx, token string, err error) {
	said := &talk{asks: asks, clock: s.clock}
	sql, err := p.begin(said.within(own), p.writer, &p.writes)
	if err != nil {
		return nil, "", s.engine.failure(ctx, "begin to write", err)
	}
	t = &tx{ctx: own, caller: ctx, sql: sql, store: s, talk: said}
	if token, err = s.engine.begin(own, t); err != nil {
		_ = sql.Rollback()
		return nil, "", s.engine.failure(ctx, "begin to write", err)
	}
	return t, token, nil
}

// observed does work, and tells how long it took and whether the store failed
// at it: broke says whether an error is the store's own. That there is no
// store is none, nor is the end of who asked.
func (s *Store) observed(ctx context.Context, kind string, work func() (broke bool, err error)) error {
	begun := s.clock()
	broke, err := work()
	failed := err
	if !broke || ctx.Err() != nil || errors.Is(err, transaction.ErrNone) {
		failed = nil
	}
	s.told(kind, s.clock().Sub(begun), failed)
	if broke {
		return public(err)
	}
	return err
}

// public adds to a fault of the store what people are told who hear nothing of
// the machine.
func public(err error) error {
	if f, ok := err.(*fault.Error); ok && f.Code != fault.Invalid { //nolint:errorlint // an error around it keeps it as it is
		return f.WithPublic("the orders can't be read or kept at the moment")
	}
	return err
}
