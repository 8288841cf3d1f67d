package chat

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"didops/internal/watch"
)

const (
	newsMost = 50              // entries that are read at once
	gather   = 2 * time.Second // for lines to be gathered to one message
	day      = 24 * time.Hour
)

// auditReader is whose mark says which entries were announced.
func (s *Service) auditReader() string { return s.c.Realm + " audit" }

// headReader is whose mark is the day whose head was announced last.
func (s *Service) headReader() string { return s.c.Realm + " head" }

// untilReader is whose mark is the last entry of the message that is being
// posted, or was posted last.
func (s *Service) untilReader() string { return s.c.Realm + " audit until" }

// keepAudit announces every entry of the audit trail in the place for it, but
// for what watches found, which has places of its own, in order, as many to a message as have room, and once a UTC day the head of the
// trail, until ctx ends. An entry is announced at least once, and once only
// where the chat tells two posts with one nonce apart: which entries a message
// has is noted before it is posted, so that it is the same message again after
// a lost answer and in another process. Where nothing was ever announced it
// begins an hour before now: a trail of years is not told all over.
func (s *Service) keepAudit(ctx context.Context) error {
	if s.c.Audit == "" {
		return nil
	}
	t := &teller{Service: s, since: s.c.Now().Add(-time.Hour)}
	return s.repeat(ctx, "the channel "+s.c.Audit, nil, func(ctx context.Context) (int64, time.Duration, error) {
		rest(ctx, t.next.Sub(s.c.Now())) // so that what happens meanwhile comes with it
		seen, err := t.announce(ctx)
		if err == nil {
			err = s.announceHead(ctx)
		}
		return seen, idle, err
	})
}

// teller announces the trail. It is used by one goroutine.
type teller struct {
	*Service
	since time.Time // where nothing was ever announced, what is older is not
	fresh bool      // nothing was
	next  time.Time // no message before: several lines are gathered to one
}

// announce posts one message at most, and returns the last entry that is
// announced.
func (t *teller) announce(ctx context.Context) (int64, error) {
	seen, err := t.c.Feed.Mark(ctx, t.auditReader())
	if err != nil {
		return 0, err
	}
	t.fresh = t.fresh || seen == 0
	lines, seen, err := t.news(ctx, seen)
	if err != nil || len(lines) == 0 {
		return seen, err
	}
	t.backlog.audit(lines[0].Event.At)
	if lines, err = t.gathered(ctx, lines); err != nil {
		return seen, err
	}
	t.next = t.c.Now().Add(gather)
	if err := t.message(ctx, lines); err != nil {
		return seen, err
	}
	t.backlog.audit(time.Time{})
	last := lines[len(lines)-1].Event.Entry
	return last, t.c.Feed.SetMark(ctx, t.auditReader(), last)
}

// news returns what is to be announced next, and the last entry before it; no
// lines where there is nothing.
func (t *teller) news(ctx context.Context, seen int64) ([]Announcement, int64, error) {
	for {
		list, last, err := t.c.Feed.News(ctx, seen, newsMost)
		if err != nil {
			return nil, seen, err
		}
		var lines []Announcement
		for _, n := range list {
			if n.Event != watch.HitEvent && (!t.fresh || !n.At.Before(t.since)) {
				lines = append(lines, Announcement{Event: &n, Sandbox: t.c.Gate.Sandboxed()})
			}
		}
		if len(lines) > 0 {
			return lines, seen, nil
		}
		t.backlog.audit(time.Time{})
		if last <= seen {
			return nil, seen, nil
		}
		if err := t.c.Feed.SetMark(ctx, t.auditReader(), last); err != nil {
			return nil, seen, err
		}
		seen = last
	}
}

// gathered returns the lines, from the first, that make the next message:
// those of the one that was begun, or as many as have room.
func (t *teller) gathered(ctx context.Context, lines []Announcement) ([]Announcement, error) {
	until, err := t.c.Feed.Mark(ctx, t.untilReader())
	if err != nil {
		return nil, err
	}
	begun := slices.IndexFunc(lines, func(a Announcement) bool { return a.Event.Entry > until })
	switch {
	case begun > 0:
		return lines[:begun], nil
	case begun < 0:
		return lines, nil
	}
	lines = lines[:max(1, min(t.c.Port.Room(lines), len(lines)))]
	return lines, t.c.Feed.SetMark(ctx, t.untilReader(), lines[len(lines)-1].Event.Entry)
}

// message posts lines as one; where the chat does not accept it, one for
// each line, so that those beside the one in question are heard.
func (t *teller) message(ctx context.Context, lines []Announcement) error {
	err := t.say(ctx, lines, nonceOfLines(lines))
	if !errors.Is(err, ErrInvalid) {
		return err
	}
	for n := range lines {
		one := lines[n : n+1]
		if len(lines) > 1 {
			err = t.say(ctx, one, nonceOfLines(one))
		}
		switch {
		case errors.Is(err, ErrInvalid):
			t.c.Log.Error().Err(err).Int64("entry", one[0].Event.Entry).Msg(t.c.Realm + ": a line of the audit channel was not accepted")
		case err != nil:
			return err
		}
	}
	return nil
}

// nonceOfLines names a message by its lines.
func nonceOfLines(lines []Announcement) string {
	first, last := lines[0].Event, lines[len(lines)-1].Event
	nonce := "a" + strconv.FormatInt(first.Entry, 10)
	if last != first {
		nonce += "-" + strconv.FormatInt(last.Entry, 10)
	}
	return nonce + "-" + last.Hash[:min(8, len(last.Hash))]
}

// announceHead notes the head of the trail where nobody with the store can
// change it, once a day.
func (s *Service) announceHead(ctx context.Context) error {
	today := s.c.Now().UTC()
	number := today.Unix() / int64(day/time.Second)
	said, err := s.c.Feed.Mark(ctx, s.headReader())
	if err != nil || said >= number {
		return err
	}
	entry, hash, err := s.c.Feed.Head(ctx)
	if err != nil || entry == 0 {
		return err
	}
	head := Announcement{Head: Head{Day: today, Entry: entry, Hash: hash, Note: s.signedHead(ctx)}, Sandbox: s.c.Gate.Sandboxed()}
	err = s.say(ctx, []Announcement{head}, "h"+strconv.FormatInt(number, 10))
	if errors.Is(err, ErrInvalid) {
		s.c.Log.Error().Err(err).Msg(s.c.Realm + ": the head of the audit trail was not accepted")
	} else if err != nil {
		return err
	}
	return s.c.Feed.SetMark(ctx, s.headReader(), number)
}

// signedHead returns the signed head of the trail, "" where it can't be had: the
// hash is told all the same.
func (s *Service) signedHead(ctx context.Context) string {
	if s.c.SignedHead == nil {
		return ""
	}
	note, err := s.c.SignedHead(ctx)
	if err != nil {
		s.c.Log.Error().Err(err).Msg(s.c.Realm + ": the head of the audit trail was not signed")
		return ""
	}
	return note
}

// say posts lines in the place of the audit trail.
func (s *Service) say(ctx context.Context, lines []Announcement, nonce string) error {
	err := s.c.Port.Announce(ctx, s.c.Audit, lines, nonce)
	s.wrote(ctx, s.c.Audit, err)
	return err
}
