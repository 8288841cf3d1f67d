package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/view"
	"didops/internal/watch"
)

// keepWatches tells what watches found, each in its place, until ctx ends. A
// message is begun in the store before it is sent, so that after a lost answer
// it is looked for, and otherwise sent again with the nonce that it had. It
// returns an error only where the chat refuses the program.
func (s *Service) keepWatches(ctx context.Context) error {
	if s.c.Watches == nil {
		return nil
	}
	for ctx.Err() == nil {
		err := s.boundary().Guard(ctx, "a look for what watches found", func() error { return s.tellWatches(ctx) })
		if errors.Is(err, ErrUnauthorized) {
			return err
		}
		s.logLimited(ctx, "what watches found", err)
		s.await(ctx, idle, s.c.Watches.Changed, nil)
	}
	return nil
}

// tellWatches tells everything that is due, one watch after the other. What goes
// wrong with one keeps no other from it.
func (s *Service) tellWatches(ctx context.Context) error {
	due, err := s.c.Watches.Due(ctx)
	errs := []error{err}
	for _, w := range due {
		bounded, cancel := context.WithTimeout(ctx, cardWithin)
		err := s.tellWatch(bounded, w)
		cancel()
		if errors.Is(err, ErrUnauthorized) || ctx.Err() != nil {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *Service) tellWatch(ctx context.Context, w watch.Watch) error {
	n, ok, err := s.c.Watches.Begin(ctx, w.ID)
	if err != nil || !ok {
		return err
	}
	id, why, err := "", "", s.c.Port.Check(ctx, n.Watch.Place)
	if barred(err) {
		why = err.Error() // in words for people
	} else if id, err = s.postHits(ctx, n, s.hits(ctx, n)); barred(err) || errors.Is(err, ErrInvalid) {
		why = inWords(err)
	}
	switch {
	case why != "":
		s.c.Log.Warn().Err(err).Str("watch", n.Watch.ID).Str("channel", n.Watch.Place).Msg(s.c.Realm + ": what a watch found can't be told where it is to be")
		return s.c.Watches.Refused(ctx, n, why)
	case err != nil:
		return err
	}
	return s.c.Watches.Sent(ctx, n, id)
}

// inWords is why a place takes no message.
func inWords(err error) string {
	for _, kind := range []error{ErrNoPlace, ErrGone, ErrForbidden, ErrInvalid} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "it is refused"
}

// postHits posts a message unless it is there.
func (s *Service) postHits(ctx context.Context, n watch.News, m Message) (string, error) {
	place := n.Watch.Place
	if n.Again {
		id, err := s.c.Port.Find(ctx, place, n.Watch.Sending.Begun, m.Foot)
		if id != "" || err != nil && !barred(err) {
			return id, err
		}
	}
	id, err := s.c.Port.Post(ctx, place, m, n.ID())
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "what a watch found", err)
		id, err = s.c.Port.Post(ctx, place, s.brief(m), n.ID())
	}
	return id, err
}

// hits is a message about what a watch found: the cheapest with a control each,
// and where there are more, all of them in a file.
func (s *Service) hits(ctx context.Context, n watch.News) Message {
	gone := func(h watch.Hit) bool { return !h.Ended.IsZero() }
	there := slices.DeleteFunc(slices.Clone(n.Hits), gone)
	all := append(there, slices.DeleteFunc(slices.Clone(n.Hits), func(h watch.Hit) bool { return !gone(h) })...)
	table := watch.Table(n.Currency, all, nil)
	shown := min(shownAtOnce, len(all))
	list := &Listing{Filters: []string{n.Watch.Words}}
	list.Shared, list.Rows = words(table.Columns, table.Rows[:shown])
	for i := range list.Rows {
		if !gone(all[i]) {
			list.Rows[i].Act = s.hitButton(ctx, all[i].Offer.Number)
		}
	}
	m := Message{
		Title: view.Quoted(n.Watch.Name) + ": " + view.Plural(len(all), "number") + " came up", Sandbox: s.c.Gate.Sandboxed(),
		Listing: list, Foot: n.ID() + " · a watch", Small: "until " + n.Watch.Until.Format(time.DateOnly), Mood: Good,
	}
	if more := len(all) - shown; more > 0 {
		m.Aside = view.Plural(more, "more number") + " in the file."
		m.Files = s.fitting(asText("found", view.Doc{Title: m.Title, Sandbox: m.Sandbox, Blocks: []view.Block{table}}))
	}
	return m
}

// hitButton asks for a number as the row of a list does: of whoever presses it,
// for as long as the message is there and the exchange is the same.
func (s *Service) hitButton(ctx context.Context, number string) *Button {
	tool, ok := s.c.Gate.Catalog().Tool(s.c.WatchList)
	if !ok {
		return nil
	}
	for _, k := range s.rowOperations(tool) {
		if k.tool.Orders() && !k.Further {
			return &Button{Label: "Ask to buy", Style: Next, ID: s.controls.id(ctx, "ask", rowAction{k.tool.Name().String(), k.param.Name, []string{number}, s.market})}
		}
	}
	return nil
}

// askFor asks for what a control stands for, and leaves the message that it is
// on: others are to see that too.
func (t *session) askFor(ctx context.Context, ref string) {
	e, tool, ok := t.rowAction(ctx, ref)
	if ok && t.begin(ctx, false) {
		t.perform(ctx, tool, e.args().JSON())
	}
}
