package chat

import (
	"context"
	"errors"
	"strconv"
	"time"
)

const (
	newsMost = 50 // entries that are read at once
	day      = 24 * time.Hour
)

// auditReader is whose mark says which entries were announced.
func (s *Service) auditReader() string { return s.c.Realm + " audit" }

// headReader is whose mark is the day whose head was announced last.
func (s *Service) headReader() string { return s.c.Realm + " head" }

// keepAudit announces every entry of the audit trail in the place for it,
// once and in order, and once a UTC day the head of the trail, until ctx ends.
// Where nothing was ever announced it begins an hour before now: a trail of
// years is not told all over.
func (s *Service) keepAudit(ctx context.Context) error {
	if s.c.Audit == "" {
		return nil
	}
	since := s.c.Now().Add(-time.Hour)
	return s.repeat(ctx, "the channel "+s.c.Audit, nil, func(ctx context.Context) (int64, time.Duration, error) {
		seen, err := s.announce(ctx, since)
		if err == nil {
			err = s.announceHead(ctx)
		}
		return seen, idle, err
	})
}

func (s *Service) announce(ctx context.Context, since time.Time) (int64, error) {
	seen, err := s.c.Feed.Mark(ctx, s.auditReader())
	if err != nil {
		return 0, err
	}
	fresh := seen == 0
	for {
		list, last, err := s.c.Feed.News(ctx, seen, newsMost)
		if err != nil {
			return seen, err
		}
		for _, n := range list {
			if fresh && n.At.Before(since) {
				continue
			}
			if err := s.say(ctx, Announcement{Event: &n}, "a"+strconv.FormatInt(n.Entry, 10)+"-"+n.Hash[:min(8, len(n.Hash))]); err != nil {
				return seen, err
			}
			if err := s.c.Feed.SetMark(ctx, s.auditReader(), n.Entry); err != nil {
				return seen, err
			}
			seen = n.Entry
		}
		if last <= seen && len(list) == 0 {
			return seen, nil
		}
		if last > seen {
			if err := s.c.Feed.SetMark(ctx, s.auditReader(), last); err != nil {
				return seen, err
			}
			seen = last
		}
	}
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
	head := Announcement{Head: Head{Day: today, Entry: entry, Hash: hash}}
	if err := s.say(ctx, head, "h"+strconv.FormatInt(number, 10)); err != nil {
		return err
	}
	return s.c.Feed.SetMark(ctx, s.headReader(), number)
}

// say posts a line in the place of the audit trail. One that the chat does not
// accept is left out, with a word in the log, so that those behind it are
// heard.
func (s *Service) say(ctx context.Context, a Announcement, nonce string) error {
	a.Sandbox = s.c.Gate.Sandboxed()
	err := s.c.Port.Announce(ctx, s.c.Audit, a, nonce)
	s.wrote(ctx, s.c.Audit, err)
	if errors.Is(err, ErrInvalid) {
		s.c.Log.Error().Err(err).Str("nonce", nonce).Msg(s.c.Realm + ": a line of the audit channel was not accepted")
		return nil
	}
	return err
}
