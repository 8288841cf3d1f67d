package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"didops/internal/cache"
)

// query is what a market read filters by. It is a key of maps.
type query struct {
	prefix, country, description, seller, didType string
	voice, sms, fax, video                        bool
}

func marketQuery(f url.Values) query {
	return query{
		prefix: f.Get("prefix"), country: f.Get("country"), description: f.Get("description"),
		seller: f.Get("seller"), didType: f.Get("did_type"),
		voice: f.Get("voice") == "1", sms: f.Get("sms") == "1",
		fax: f.Get("fax") == "1", video: f.Get("video") == "1",
	}
}

// byRow says that single rows must be looked at.
func (q query) byRow() bool {
	return q.country != "" || q.description != "" || q.seller != "" || q.voice || q.sms || q.fax || q.video
}

// fits says whether a row has what can't be told from its segment.
func (q query) fits(r *row) bool {
	return (q.country == "" || q.country == r.countryName) &&
		(q.description == "" || q.description == r.description) &&
		(q.seller == "" || q.seller == r.vendorName()) &&
		(!q.voice || r.voice) && (!q.sms || r.sms) && (!q.fax || r.fax) && (!q.video || r.video)
}

// admits says whether a segment can hold rows that fit.
func (q query) admits(s *segment) bool {
	if q.country != "" && !slices.Contains(s.country.names, q.country) {
		return false
	}
	return q.didType == "" || q.didType == "any" || q.didType == s.kind.didType()
}

// spans returns the rows that q's prefix, type and country select as runs.
func (m *market) spans(q query) *listing {
	l := &listing{}
	for _, s := range m.segments {
		if !q.admits(s) {
			continue
		}
		if code := s.country.dial; !strings.HasPrefix(code, q.prefix) && !strings.HasPrefix(q.prefix, code) {
			continue
		}
		l.add(s.starting(q.prefix))
	}
	return l
}

// scan returns the rows of spans that fit q.
func (m *market) scan(q query) *listing {
	l := &listing{byRow: true}
	var r row
	for _, s := range m.spans(q).spans {
		for k := s.lo; k < s.hi; k++ {
			m.fill(&r, k)
			if q.fits(&r) {
				l.index = append(l.index, narrow(k))
			}
		}
	}
	l.index = slices.Clip(l.index)
	return l
}

// keptListings bounds how many listings by row are remembered. The largest
// takes 4 MB.
const keptListings = 4

// listings finds the rows of queries and remembers the costly ones. Safe for
// concurrent use.
type listings struct {
	market *market
	mu     sync.Mutex // so that a query is scanned once
	kept   *cache.Cache[query, func() *listing]
}

func newListings(m *market) *listings {
	return &listings{market: m, kept: cache.New[query](cache.Config[func() *listing]{MaxEntries: keptListings})}
}

func (c *listings) of(q query) *listing {
	if !q.byRow() {
		return c.market.spans(q)
	}
	return c.finder(q)()
}

func (c *listings) finder(q query) func() *listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	find, ok := c.kept.Get(q)
	if !ok {
		find = sync.OnceValue(func() *listing { return c.market.scan(q) })
		c.kept.Put(q, find)
	}
	return find
}
