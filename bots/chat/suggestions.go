package chat

import (
	"strings"
	"sync"
	"time"

	"didops/internal/cache"
	"didops/internal/identity"
	"didops/tools"
)

// suggestions remembers what operations suggest, by parameter and member: much
// of it is for who asks alone, such as what they ordered or watch, and what is
// not can't be told from it. An operation may have to ask the exchange, so what
// was suggested for less of a word serves for more of it, and nobody's typing
// leads to more than a few questions. It is safe for concurrent use.
type suggestions struct {
	limits  Limits
	now     func() time.Time
	answers *cache.Cache[typed, []tools.Choice]

	mu    sync.Mutex
	round int                  // how often all was forgotten
	asked map[asking]time.Time // how far ahead of time somebody's questions are
}

// asking is what suggestions are about, and for whom: what somebody may see
// changes with their role.
type asking struct {
	tool, param, user string
	role              identity.Role
}

// typed is as much of a word as was typed.
type typed struct {
	asking
	text string
}

func newSuggestions(limits Limits, now func() time.Time) *suggestions {
	return &suggestions{
		limits: limits, now: now, asked: map[asking]time.Time{},
		answers: cache.New[typed](cache.Config[[]tools.Choice]{MaxEntries: keptMost, TTL: suggestFor, Now: now}),
	}
}

// forget drops all answers, and those that are on their way.
func (s *suggestions) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
	s.answers.Clear()
}

// begun is the round in which somebody begins to ask.
func (s *suggestions) begun() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.round
}

// known returns what is known for what was typed, and whether the operation
// need not, or must not, be asked. If not, it is the caller's turn to ask.
func (s *suggestions) known(who asking, text string) ([]tools.Choice, bool) {
	var best []tools.Choice
	for end := len(text); end >= 0; end-- {
		list, ok := s.answers.Get(typed{who, text[:end]})
		if !ok {
			continue
		}
		best = matching(list, text)
		if end == len(text) || len(list) < s.limits.Options && len(best) > 0 {
			return best, true
		}
		break
	}
	return best, !s.mayAsk(who)
}

// mayAsk counts the questions that somebody's typing leads to.
func (s *suggestions) mayAsk(who asking) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for other, until := range s.asked {
		if !now.Before(until) {
			delete(s.asked, other)
		}
	}
	until := s.asked[who]
	if until.Before(now) {
		until = now
	}
	if until = until.Add(suggestEvery); until.Sub(now) > suggestBurst*suggestEvery {
		return false
	}
	s.asked[who] = until
	return true
}

// matching leaves the suggestions that go with what was typed. Numbers match
// by their digits.
func matching(list []tools.Choice, typed string) []tools.Choice {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, typed)
	number := digits != "" && strings.Trim(typed, "+0123456789 -()") == ""
	var left []tools.Choice
	for _, c := range list {
		text := strings.ToLower(c.Value + " " + c.Label)
		if strings.Contains(text, typed) || number && strings.HasPrefix(strings.TrimPrefix(c.Value, "+"), digits) {
			left = append(left, c)
		}
	}
	return left
}

// keep remembers an answer to a question that was begun in a round.
func (s *suggestions) keep(round int, key asking, text string, list []tools.Choice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if round == s.round {
		s.answers.Put(typed{key, text}, list)
	}
}
