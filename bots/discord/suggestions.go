package discord

import (
	"strings"
	"sync"
	"time"

	"didops/internal/identity"
	"didops/tools"
)

// suggestions remembers what operations suggest, by parameter and role. An
// operation may have to ask the exchange, so what was suggested for less of a
// word serves for more of it, and nobody's typing leads to more than a few
// questions. It is safe for concurrent use.
type suggestions struct {
	now func() time.Time

	mu      sync.Mutex
	answers map[asking]map[string]answer // by what was typed
	count   int
	asked   map[typist]time.Time // how far ahead of time somebody's questions are
}

// asking is what suggestions are about, and for whom.
type asking struct {
	tool, param string
	role        identity.Role
}

// typist is who asks; each has a few questions of their own.
type typist struct {
	asking
	user string
}

type answer struct {
	list []tools.Choice
	at   time.Time
}

func newSuggestions(now func() time.Time) *suggestions {
	s := &suggestions{now: now, asked: map[typist]time.Time{}}
	s.forget()
	return s
}

// forget drops all answers.
func (s *suggestions) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers, s.count = map[asking]map[string]answer{}, 0
}

// known returns what is known for what was typed, and whether the operation
// need not, or must not, be asked. If not, it is the caller's turn to ask.
func (s *suggestions) known(who typist, typed string) ([]tools.Choice, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var best []tools.Choice
	for end := len(typed); end >= 0; end-- {
		a, ok := s.answers[who.asking][typed[:end]]
		if !ok || now.Sub(a.at) > suggestFor {
			continue
		}
		best = matching(a.list, typed)
		if end == len(typed) || len(a.list) == 0 || len(a.list) < maxOptions && len(best) > 0 {
			return best, true
		}
		break
	}
	return best, !s.mayAsk(who, now)
}

// mayAsk counts the questions that somebody's typing leads to. The caller
// holds the lock.
func (s *suggestions) mayAsk(who typist, now time.Time) bool {
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

func (s *suggestions) keep(key asking, typed string, list []tools.Choice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count >= keptMost {
		s.answers, s.count = map[asking]map[string]answer{}, 0
	}
	if s.answers[key] == nil {
		s.answers[key] = map[string]answer{}
	}
	s.answers[key][typed] = answer{list, s.now()}
	s.count++
}
