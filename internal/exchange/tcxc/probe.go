package tcxc

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
)

// Probe settles by reading what the document leaves open. Its methods are
// what `didops doctor` reports; each makes a few read requests and returns
// the reader's faults. Safe for concurrent use.
type Probe struct{ c *Client }

// Probe returns the means to examine the exchange.
func (r *Reader) Probe() *Probe { return &Probe{r.c} }

// Clock returns by how much the clock of the exchange is ahead of ours,
// negative where it is behind, to the second. It needs no valid credentials;
// an exchange that sends no Date is Unavailable.
func (p *Probe) Clock(ctx context.Context) (time.Duration, error) {
	if err := p.c.wait(ctx); err != nil {
		return 0, err
	}
	s := signed{name: challengeName, path: opMarket.path(p.c.opt.Style)}
	a, err := p.c.send(ctx, p.c.reads, s, 1, nil)
	if err != nil {
		return 0, asFault(p.c.lost(ctx, err))
	}
	ahead, ok := a.skew(p.c.opt.Now())
	if !ok {
		return 0, fault.New(fault.Unavailable, "the exchange does not tell its time")
	}
	return ahead, nil
}

// Credentials returns nil when the exchange accepts login and key for the
// market, which every buyer may read.
func (p *Probe) Credentials(ctx context.Context) error {
	_, err := p.page(ctx, opMarket, window{pager: 1})
	return err
}

// ListPath returns the path under which the purchased list answers.
func (p *Probe) ListPath(ctx context.Context) (string, error) {
	if _, err := p.page(ctx, opList, window{pager: 1}); err != nil {
		return "", err
	}
	return p.c.lists.all()[0], nil
}

// PageSize asks for a page of the configured size and returns how many rows
// the exchange gave. Fewer than asked for may also be all there are.
func (p *Probe) PageSize(ctx context.Context) (asked, given int, err error) {
	asked = p.c.opt.PageSize
	keys, err := p.page(ctx, opMarket, window{pager: asked})
	return asked, len(keys), err
}

// Paging finds out what "off" counts, by comparing the first rows with those
// at off = 1: rows when these begin with the second row, pages when they are
// others, or the same because pages are counted from 1. It returns "" where
// the market is too small to tell.
func (p *Probe) Paging(ctx context.Context) (Paging, error) {
	const few = 10
	first, err := p.page(ctx, opMarket, window{pager: few})
	if err != nil {
		return "", err
	}
	next, err := p.page(ctx, opMarket, window{pager: few, off: 1})
	switch {
	case err != nil:
		return "", err
	case len(first) < 2 || len(next) == 0:
		return "", nil
	case next[0] == first[1]:
		return Rows, nil
	case next[0] == first[0] || !slices.Contains(first, next[0]):
		return Pages, nil
	}
	return "", nil
}

// Naming is how the exchange understands the name of a country in a query.
type Naming string

// What a name may be to the exchange.
const (
	AsSpelled Naming = "as spelled"  // as its own rows spell it, and in no other case
	AnyCase   Naming = "in any case" // in capitals and small letters alike
	Nameless  Naming = "not at all"  // its own spelling finds nothing
)

// Countries finds out how the exchange understands the name of a country: by
// asking for that of a row as it is spelled, in capitals and in small letters.
// It returns "" where no row has a name that could tell. Nothing depends on
// it: names are compared here, after the rows have been read.
func (p *Probe) Countries(ctx context.Context) (Naming, error) {
	var name string
	s := &keysOnly{dec: newDecoder(opMarket.schema()), key: func(r *record) uint64 {
		if name == "" {
			name = string(r.texts[countryName])
		}
		return r.key
	}}
	if err := p.c.fetch(ctx, opMarket, marketForm{didType: "any", window: window{pager: 1}}, s); err != nil {
		return "", err
	}
	upper, lower := strings.ToUpper(name), strings.ToLower(name)
	if upper == lower {
		return "", nil
	}
	found := map[string]bool{}
	for _, n := range []string{name, upper, lower} {
		if err := p.c.fetch(ctx, opMarket, marketForm{didType: "any", country: n, window: window{pager: 1}}, s); err != nil {
			return "", err
		}
		found[n] = len(s.keys) > 0
	}
	switch {
	case !found[name]:
		return Nameless, nil
	case found[upper] && found[lower]:
		return AnyCase, nil
	}
	return AsSpelled, nil
}

// page reads one page and returns a key for each of its rows, in order.
func (p *Probe) page(ctx context.Context, op operation, w window) ([]uint64, error) {
	s := &keysOnly{dec: newDecoder(op.schema()), fees: op == opMarket, key: byNumber}
	var f form = listForm{window: w}
	if op == opMarket {
		f = marketForm{didType: "any", window: w}
	}
	if err := p.c.fetch(ctx, op, f, s); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return s.keys, nil
}

// keysOnly is a sink that keeps which rows came, readable or not.
type keysOnly struct {
	dec  *decoder
	fees bool // whether a row needs them
	key  func(*record) uint64
	keys []uint64
}

func (s *keysOnly) buffer() []byte { return nil }

func (s *keysOnly) take(a answer) (page, error) {
	s.forget()
	return s.dec.decode(a.body, s.fees, s)
}

func (s *keysOnly) forget()          { s.keys = s.keys[:0] }
func (s *keysOnly) good(r *record)   { s.keys = append(s.keys, s.key(r)) }
func (s *keysOnly) bad(u unreadable) { s.keys = append(s.keys, u.key) }
