package market

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"didops/internal/exchange"
)

// question is what the exchange was asked for: the part of
// [exchange.MarketQuery] that narrows what it answers with.
type question struct {
	prefix   string
	kind     string // "" = any
	features uint16 // flagVoice to flagVideo; those that a number must have
	one      bool   // the one number that prefix is, and none that goes on
}

func asked(q exchange.MarketQuery) question {
	var f uint16
	for i, set := range [...]bool{q.Voice, q.SMS, q.Fax, q.Video} {
		if set {
			f |= 1 << i
		}
	}
	return question{prefix: q.Prefix, kind: q.Type, features: f}
}

// includes reports whether an answer to q holds every number that one to o
// would, leading digits left aside.
func (q question) includes(o question) bool {
	return (q.kind == "" || q.kind == o.kind) && q.features&^o.features == 0
}

// deep reports whether q asks for fewer numbers than any part has: it may be one
// of thousands of its kind, none of which is asked again.
func (q question) deep() bool { return len(q.prefix) > deepest }

// fits reports whether the row at i is what q asks for.
func (q question) fits(t *table, i int) bool {
	return q.suits(t.flags[i], t.places.keys[t.place[i]].Type) && q.within(t.digits[i])
}

// within reports whether a number begins as q asks.
func (q question) within(number uint64) bool {
	if q.prefix == "" {
		return true
	}
	digits := digitsOf(number)
	return strings.HasPrefix(digits, q.prefix) && (!q.one || digits == q.prefix)
}

// suits is fits, leading digits left aside.
func (q question) suits(flags uint16, kind string) bool {
	return flags&q.features == q.features && (q.kind == "" || q.kind == kind)
}

func digitsOf(number uint64) string { return strconv.FormatUint(number, 10) }

// narrows reports whether q leaves out numbers of its part, so that one which
// it does not bring may be there all the same.
func (q question) narrows() bool { return q.kind != "" || q.features != 0 }

// Changes counts what a reading changed in the memory.
type Changes struct {
	New     int // numbers that were not known
	Changed int // numbers known with other terms
	Gone    int // numbers that the reading should have brought and did not, nor an earlier one
	Missed  int // numbers that it is the first not to have brought, so that they may be there all the same
	Astray  int // numbers that are not of the type or have not the features any more that were asked for, or are gone
}

// Add adds what others came to.
func (c *Changes) Add(o Changes) {
	c.New += o.New
	c.Changed += o.Changed
	c.Gone += o.Gone
	c.Missed += o.Missed
	c.Astray += o.Astray
}

// merger puts new rows among those of a cell, and takes down what happened to
// the numbers.
type merger struct {
	old, fresh, out *table
	other           *mapping       // of fresh in out, whose dictionaries go on from those of old
	watched         func(int) bool // whether an earlier reading would have brought a row of fresh
	left            map[int]int64  // when a later reading began that says that a row of fresh left its type
	changes         Changes
	events          []event
	latest          int64 // what is later is of a clock that was wrong
}

// merge puts rows of fresh, at these places and in the order of their keys,
// among the old ones. A row that a later reading brought stays as it is.
func (m *merger) merge(at []int) *table {
	old, fresh := m.old, m.fresh
	m.out = &table{dicts: old.continued(), missed: old.missed}
	m.out.grow(old.len() + len(at))
	m.other = m.out.mapping(fresh)
	i := 0
	for _, j := range at {
		key := fresh.key(j)
		from := i
		for i < old.len() && old.key(i) < key {
			i++
		}
		m.out.takeAll(&old.columns, from, i)
		switch {
		case i >= old.len() || old.key(i) != key:
			m.came(j)
			continue
		case old.seen[i] > fresh.seen[j]:
			m.out.takeAll(&old.columns, i, i+1)
		default:
			m.again(i, j)
		}
		i++
	}
	m.out.takeAll(&old.columns, i, old.len())
	return m.out
}

// came takes a row that was not known.
func (m *merger) came(j int) {
	m.changes.New++
	m.out.take(m.fresh, m.other, j)
	n := m.out.len() - 1
	if m.watched(j) {
		m.out.stay[n] = stayOf(m.fresh.seen[j], false)
		m.note(event{what: eventCame, at: m.fresh.seen[j], now: m.out.terms(n)}, n)
	}
	m.leave(j)
}

// again takes a row in place of an older one of its number.
func (m *merger) again(i, j int) {
	was := m.old.absence(i) // before the row of fresh may bring another
	m.out.take(m.fresh, m.other, j)
	n := m.out.len() - 1
	m.out.stay[n] = m.old.stay[i]
	if was.at > m.fresh.seen[j] && was.at <= m.latest {
		m.out.miss(n, was)
	}
	left := m.old.flags[i]&flagLeft != 0
	like := m.out.alike(n, m.old, i)
	if !like {
		m.changes.Changed++
	}
	if !like || left {
		e := event{what: eventChanged, left: left, at: m.fresh.seen[j], old: m.old.terms(i), now: m.out.terms(n)}
		e.other = m.out.otherwise(n, m.old, i)
		m.note(e, n)
	}
	m.leave(j)
}

// leave notes what a later reading says of the row of fresh that was taken
// last.
func (m *merger) leave(j int) {
	if at, ok := m.left[j]; ok {
		n := m.out.len() - 1
		m.note(event{what: eventLeft, at: at, old: m.out.terms(n)}, n)
	}
}

// note takes an event of the row at n down. What can't be bought has no past.
func (m *merger) note(e event, n int) {
	if m.out.flags[n]&flagID == 0 {
		return
	}
	e.digits = m.out.digits[n]
	m.events = append(m.events, e)
}

// alike reports whether the row at n has the terms of another's row, with whose
// dictionaries those of t begin.
func (t *table) alike(n int, from *table, i int) bool {
	return t.monthly[n] == from.monthly[i] && t.setup[n] == from.setup[i] && t.seller[n] == from.seller[i] &&
		t.place[n] == from.place[i] && t.otherwise(n, from, i) == 0
}

// otherwise returns what differs besides fees, seller and place.
func (t *table) otherwise(n int, from *table, i int) uint8 {
	differ := t.flags[n] ^ from.flags[i]
	var other uint8
	if differ&(flagVoice|flagSMS|flagFax|flagVideo) != 0 {
		other |= otherFeatures
	}
	if differ&(flagDocuments|flagUnstated) != 0 {
		other |= otherDocuments
	}
	if t.tariffOf[n] != from.tariffOf[i] {
		other |= otherTariff
	}
	if t.text[n] != from.text[i] {
		other |= otherText
	}
	if t.ids[n] != from.ids[i] {
		other |= otherID
	}
	return other
}

// terms are those of the row at i.
func (t *table) terms(i int) terms {
	return terms{t.places.keys[t.place[i]], t.sellers.keys[t.seller[i]], t.amounts.keys[t.monthly[i]], t.amounts.keys[t.setup[i]]}
}

// conclude returns the places of the rows that are left after a reading came to
// its end. Of those that it asked for and that are older than it, it draws what
// the reading proves.
func (m *merger) conclude(p *proof) []int {
	t := m.out
	at := make([]int, 0, t.len())
	for i := range t.len() {
		if t.seen[i] >= p.started || !p.fits(t, i) || m.lose(p, i) {
			at = append(at, i)
		}
	}
	return at
}

// lose draws from a reading that did not bring the row at i, and reports whether
// the row stays.
func (m *merger) lose(p *proof, i int) bool {
	t := m.out
	switch is := p.of(t.digits[i], t.flags[i], t.absence(i)); is {
	case unproven:
	case unseen:
		m.changes.Missed++
		t.miss(i, absence{p.started, inDoubt})
	case missing:
		m.changes.Missed++
		t.miss(i, absence{p.started, p.ended})
	case strayed, departed:
		m.changes.Astray++
		t.flags[i] = t.flags[i]&^flagMissed | flagAstray
		if is == departed {
			t.flags[i] |= flagLeft
			m.note(event{what: eventLeft, at: p.started, old: t.terms(i)}, i)
		}
	case gone:
		m.changes.Gone++
		at := p.started
		if was := t.absence(i); p.sure(t.flags[i], was) {
			at = was.at
		}
		m.end(eventGone, i, at)
		return false
	}
	return true
}

// end takes down that the row at i is not there any more.
func (m *merger) end(what uint8, i int, at int64) {
	t := m.out
	m.note(event{what: what, at: at, left: t.flags[i]&flagLeft != 0, old: t.terms(i), stay: t.stay[i], seen: t.seen[i]}, i)
}

// lapse takes the rows out that went astray or were missed, and of which nothing
// was heard since a moment.
func (m *merger) lapse(at []int, before, now int64) []int {
	t := m.out
	return slices.DeleteFunc(at, func(i int) bool {
		if l := (lost{t.seen[i], t.absence(i)}); t.flags[i]&(flagAstray|flagMissed) == 0 || l.since() >= before {
			return false
		}
		m.end(eventLapsed, i, now)
		return true
	})
}

// continued returns dictionaries that go on by themselves.
func (d *dicts) continued() dicts {
	return dicts{d.amounts.continued(), d.sellers.continued(), d.texts.continued(), d.places.continued(), d.tariffs.continued()}
}

func (d *dict[K]) continued() dict[K] { return dict[K]{keys: slices.Clip(d.keys)} }

// divide gives the rows at these places to the cells below a prefix, none of
// which has more rows than most. A number that ends at the prefix goes to
// the cell below it that comes first.
func (t *table) divide(prefix string, at []int, most int, each func(prefix string, at []int)) {
	if len(at) <= most || len(prefix) >= mostDigits {
		each(prefix, at)
		return
	}
	parts := [10][]int{}
	for _, i := range at {
		d := nextDigit(t.digits[i], len(prefix))
		parts[d] = append(parts[d], i)
	}
	for d, part := range parts {
		t.divide(prefix+strconv.Itoa(d), part, most, each)
	}
}

// nextDigit returns the digit of a number behind so many leading ones; 0 where
// there is none.
func nextDigit(number uint64, behind int) int {
	text := strconv.FormatUint(number, 10)
	if behind >= len(text) {
		return 0
	}
	return int(text[behind] - '0')
}

// cellOf returns the place, in a sorted list of the prefixes of cells, of the
// one that a number belongs to. The prefixes are the leaves of a tree, so that
// there is one; -1 where the list is empty.
func cellOf(prefixes []string, number uint64) int {
	text := strconv.FormatUint(number, 10)
	i, found := slices.BinarySearchFunc(prefixes, text, func(p, t string) int { return cmp.Compare(p, t) })
	if found {
		return i
	}
	// The last prefix that is not behind the number is the one it begins with;
	// a number that ends where a tree goes on belongs to the first leaf there.
	if i > 0 && strings.HasPrefix(text, prefixes[i-1]) {
		return i - 1
	}
	if i < len(prefixes) && strings.HasPrefix(prefixes[i], text) {
		return i
	}
	return -1
}
