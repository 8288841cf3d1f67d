package sandbox

// fee is an amount in ten-thousandths of the exchange's currency.
type fee int64

// row is one number of the market with everything that a market row and a
// purchased row say of it. Rows are filled in place, because a page has many.
type row struct {
	k           int
	segment     *segment
	digits      []byte // the number; reused by fill
	id          int    // i_did; 0 in Nexmo rows
	nexmo       bool
	vendor      *seller // nil: Nexmo, or a row without vendor
	countryName string
	description string
	monthly     fee
	setup       fee
	price1      fee
	priceN      fee
	message     fee // smpp_price
	cost        fee // Nexmo's own price
	interval1   int
	intervalN   int
	capacity    int
	voice       bool
	sms         bool
	fax         bool
	video       bool
	papers      bool // verification_required
	gap         gap
}

// gap is which optional fields a sloppy row lacks.
type gap int

const (
	noGap       gap = iota
	nullPriceN      // price_n is null
	noCapacity      // capacity is missing
	emptyPapers     // verification_required is ""
	nullMessage     // smpp_price is null
	gaps
)

// vendorName returns what the row says as vendor_name, "" when nothing.
func (r *row) vendorName() string {
	if r.nexmo {
		return "Nexmo"
	}
	if r.vendor == nil {
		return ""
	}
	return r.vendor.name
}

// number returns the digits of the number.
func (r *row) number() string { return string(r.digits) }

// dice is the stream of random bits of one row.
type dice struct{ seed, n uint64 }

// roll returns a number below sides.
func (d *dice) roll(sides int) int {
	d.n++
	return int(mix(d.seed, d.n)>>33) % sides
}

// fill makes r row k. The order of the rolls is part of what a seed means.
func (m *market) fill(r *row, k int) {
	s := r.segment
	if s == nil || k < s.lo || k >= s.lo+s.n {
		s = m.segmentOf(k)
	}
	digits := s.pattern.appendNumber(r.digits[:0], s.value(k-s.lo))
	*r = row{k: k, segment: s, digits: digits, description: s.description}
	d := dice{seed: mix(s.salt, natural(k-s.lo)^1<<40)}
	r.nexmo = d.roll(1000) < nexmoShare && s.kind != unknown
	m.fillOrigin(r, &d)
	r.fillFeatures(&d)
	r.fillPrices(&d)
	r.papers = s.country.papers[s.kind] && !r.nexmo || r.vendor != nil && r.vendor.papers && s.kind == national
	if n := d.roll(12 * int(gaps)); n < int(gaps) && !r.nexmo {
		r.gap = gap(n)
	}
}

// fillOrigin decides who offers the number, under which id and with which
// spelling of the country.
func (m *market) fillOrigin(r *row, d *dice) {
	c := r.segment.country
	if r.nexmo {
		r.countryName = c.names[1]
		return
	}
	r.id = m.idOf(r.k)
	v := &m.sellers[m.vendors[d.roll(len(m.vendors))]]
	r.countryName = c.names[min(v.spelling, len(c.names)-1)]
	if d.roll(250) != 0 {
		r.vendor = v
	}
	if d.roll(200) == 0 {
		r.description = m.odd[d.roll(len(m.odd))]
	}
}

func (r *row) fillFeatures(d *dice) {
	n := d.roll(100)
	switch r.segment.kind {
	case mobile:
		r.voice, r.sms = n >= 6, n < 92
	case national:
		r.voice, r.sms, r.fax, r.video = true, n < 15, n%3 == 0, n%20 == 1
	case tollFree:
		r.voice, r.fax = true, n < 12
	case unknown, kinds:
		r.voice, r.sms, r.video = true, n < 40, n%10 == 3
	}
}

// fillPrices sets fees as sellers set them: round steps around the country's
// usual fee, and on top the tenth that the exchange takes.
func (r *row) fillPrices(d *dice) {
	usual := r.segment.country.cents[r.segment.kind]
	cents := usual * [...]int{80, 90, 100, 100, 110, 125, 150}[d.roll(7)] / 100
	minute := 40 + usual/12
	if r.nexmo {
		r.cost = fee(max(5, cents/5*5) * 100)
		r.monthly = r.cost*243/100 + fee(d.roll(9))
		r.price1, r.message = fee(minute+d.roll(15)), fee(69)
		r.priceN, r.interval1, r.intervalN, r.capacity = r.price1, 60, 60, 50
		return
	}
	if r.vendor != nil {
		cents = cents * r.vendor.percent / 100
	}
	cents = max(20, (cents+2)/5*5)
	if d.roll(4) == 0 {
		cents--
	}
	r.monthly = fee(cents * 110)
	r.setup = fee([...]int{0, 0, 0, 0, 0, cents / 2, cents, 2 * cents, 500, 1000}[d.roll(10)] * 110)
	r.price1 = fee((minute + 5*d.roll(12)) * 11 / 10)
	r.priceN = r.price1
	if d.roll(5) == 0 {
		r.priceN = r.price1 * 3 / 2
	}
	if r.sms {
		r.message = fee((30 + 10*d.roll(9)) * 11 / 10)
	}
	intervals := [...][2]int{{60, 60}, {60, 60}, {1, 1}, {30, 6}, {60, 1}}[d.roll(5)]
	r.interval1, r.intervalN = intervals[0], intervals[1]
	r.capacity = [...]int{1, 2, 2, 5, 10, 10, 30, 50, 100}[d.roll(9)]
}
