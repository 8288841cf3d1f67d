package store

import "context"

// What one of several writes of a transaction can be undone by alone.
const (
	savepoint  = `SAVEPOINT one_of_them`
	keepOne    = `RELEASE one_of_them`
	forgetOne  = `ROLLBACK TO one_of_them; RELEASE one_of_them`
	commitThem = "commit"
)

// writeInTurn is writeAsking where the writers of this process queue for their turn.
func (s *Store) writeInTurn(ctx context.Context, p *pools, joins bool, fn func(*tx) error) (broke bool, err error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	g, end, err := p.turns.take(own, joins)
	if err != nil {
		return true, s.engine.failure(ctx, "begin to write", err)
	}
	if g != nil {
		return s.joined(ctx, p, g, fn)
	}
	mine := true // also where fn never returns
	g = &together{end: end, size: 1, done: make(chan struct{})}
	defer func() {
		if mine {
			g.abort(errTogether)
		}
	}()
	t, _, err := s.begun(ctx, own, p, nil)
	if err != nil {
		return true, err
	}
	g.sql = t.sql
	if err := t.does(fn); err != nil {
		return t.broke, err
	}
	if !stop() {
		return false, ctx.Err()
	}
	s.hook(BeforeCommit)
	mine = false
	return s.kept(ctx, p, g, joins, true)
}

// joined goes on with the writes of others. It is not interrupted: SQLite would end
// the transaction of all.
func (s *Store) joined(ctx context.Context, p *pools, g *together, fn func(*tx) error) (broke bool, err error) {
	mine := true
	defer func() {
		if mine {
			g.abort(errTogether)
		}
	}()
	t := &tx{ctx: context.WithoutCancel(ctx), caller: ctx, sql: g.sql, store: s, talk: &talk{clock: s.clock}}
	if _, err := g.sql.ExecContext(t.ctx, savepoint); err != nil { //nolint:contextcheck // not interrupted
		return true, s.engine.failure(ctx, "begin to write", err)
	}
	if err = ctx.Err(); err == nil {
		err = t.does(fn)
	}
	if err == nil {
		err = ctx.Err()
	}
	undo := keepOne
	if err != nil {
		undo = forgetOne
	} else {
		s.hook(BeforeCommit)
	}
	if _, failed := g.sql.ExecContext(t.ctx, undo); failed != nil { //nolint:contextcheck // likewise
		if err == nil {
			t.broke, err = true, s.engine.failure(ctx, commitThem, failed)
		}
		return t.broke, err // it has ended the transaction
	}
	mine = false
	if broke, failed := s.kept(ctx, p, g, true, err == nil); failed != nil {
		return broke, failed // what err is about may never have been
	}
	return t.broke, err
}

// kept returns when what was written is committed, or is not. Who has written nothing
// waits for that too: what it has seen may be of the others.
func (s *Store) kept(ctx context.Context, p *pools, g *together, joins, wrote bool) (broke bool, err error) {
	s.passOn(p, g, joins)
	<-g.done
	if g.err != nil {
		return true, s.engine.failure(ctx, commitThem, g.err)
	}
	if wrote {
		s.hook(AfterCommit)
	}
	return false, nil
}

// passOn lets who waits go on with the writes, or commits them.
func (s *Store) passOn(p *pools, g *together, joins bool) {
	switch {
	case joins && p.turns.pass(g):
	case !p.same():
		g.abort(errReplaced)
	default:
		g.finish(g.sql.Commit())
	}
}

// abort undoes all of the writes.
func (g *together) abort(why error) {
	if g.sql != nil {
		_ = g.sql.Rollback()
	}
	g.finish(why)
}

// finish tells everybody what became of the writes, and ends the turn.
func (g *together) finish(err error) {
	g.err = err
	g.end()
	close(g.done)
}
