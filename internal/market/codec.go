package market

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"didops/internal/money"
)

// layout is the first byte of both values of a cell.
const layout = 1

// errCorrupt is the error of a value that is not what was written.
var errCorrupt = errors.New("a part of the memory of the market is damaged")

//nolint:gochecknoglobals // a table that nothing writes to
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode writes the rows at these places, which are in the order of their
// keys, as the two values of a cell.
func (t *table) encode(at []int) (hot, cold []byte) {
	w := compact(t, at)
	hot = binary.AppendUvarint([]byte{layout}, uint64(len(at)))
	text := func(b []byte, s string) []byte { return append(b, s...) }
	hot = appendWords(hot, w.amounts.keys, text)
	hot = appendWords(hot, w.sellers.keys, text)
	hot = appendWords(hot, w.texts.keys, text)
	hot = appendWords(hot, w.places.keys, appendPlace)
	hot = appendWords(hot, w.tariffs.keys, appendTariff)
	hot = slices.Grow(hot, len(at)*hotRow+4)
	for _, i := range at {
		hot = binary.LittleEndian.AppendUint64(hot, t.digits[i])
	}
	for _, i := range at {
		hot = binary.LittleEndian.AppendUint16(hot, t.flags[i])
	}
	for _, c := range w.columns {
		for _, v := range c {
			hot = binary.LittleEndian.AppendUint16(hot, v)
		}
	}
	return seal(hot), seal(t.encodeCold(at))
}

// hotRow is how many bytes of a row are in the hot value.
const hotRow = 8 + 2 + 6*2

func (t *table) encodeCold(at []int) []byte {
	var times dict[int64]
	cold := binary.AppendUvarint([]byte{layout}, uint64(len(at)))
	seen := make([]uint32, len(at))
	for n, i := range at {
		seen[n] = times.of(t.seen[i])
	}
	cold = binary.AppendUvarint(cold, uint64(len(times.keys)))
	for _, t := range times.keys {
		cold = binary.AppendVarint(cold, t)
	}
	for _, i := range at {
		cold = binary.LittleEndian.AppendUint64(cold, t.ids[i])
	}
	for _, n := range seen {
		cold = binary.LittleEndian.AppendUint16(cold, uint16(n)) //nolint:gosec // a cell has no more rows than that
	}
	return cold
}

// compacted are the values that some rows use, amounts in their order, and the
// columns that point at them.
type compacted struct {
	dicts
	columns [6][]uint16 // monthly, setup, seller, text, place, tariff
}

func compact(t *table, at []int) *compacted {
	w := &compacted{}
	w.amounts.keys = sortedAmounts(t, at)
	w.amounts.index = make(map[string]uint32, len(w.amounts.keys))
	for i, a := range w.amounts.keys {
		w.amounts.index[a] = uint32(i)
	}
	m := sparse{t: t, w: w}
	for c, column := range [...][]uint32{t.monthly, t.setup, t.seller, t.text, t.place, t.tariffOf} {
		w.columns[c] = make([]uint16, len(at))
		for n, i := range at {
			w.columns[c][n] = uint16(m.of(c, column[i])) //nolint:gosec // a cell has no more rows than that
		}
	}
	return w
}

// sortedAmounts returns the amounts of some rows, the lowest first.
func sortedAmounts(t *table, at []int) []string {
	used := make([]bool, len(t.amounts.keys))
	for _, i := range at {
		used[t.monthly[i]], used[t.setup[i]] = true, true
	}
	type priced struct {
		text string
		is   money.Amount
	}
	var list []priced
	for i, u := range used {
		if u {
			list = append(list, priced{t.amounts.keys[i], amount(t.amounts.keys[i])})
		}
	}
	slices.SortFunc(list, func(a, b priced) int { return a.is.Cmp(b.is) })
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.text
	}
	return texts
}

// sparse maps the values that are used, each once.
type sparse struct {
	t    *table
	w    *compacted
	maps [6][]uint32 // one more than the new number; 0: not asked for yet
}

func (m *sparse) of(column int, old uint32) uint32 {
	if m.maps[column] == nil {
		d := &m.t.dicts
		sizes := [...]int{len(d.amounts.keys), len(d.amounts.keys), len(d.sellers.keys), len(d.texts.keys), len(d.places.keys), len(d.tariffs.keys)}
		m.maps[column] = make([]uint32, sizes[column])
	}
	at := &m.maps[column][old]
	if *at == 0 {
		switch column {
		case 0, 1:
			*at = m.w.amounts.of(m.t.amounts.keys[old])
		case 2:
			*at = m.w.sellers.of(m.t.sellers.keys[old])
		case 3:
			*at = m.w.texts.of(m.t.texts.keys[old])
		case 4:
			*at = m.w.places.of(m.t.places.keys[old])
		default:
			*at = m.w.tariffs.of(m.t.tariffs.keys[old])
		}
		*at++
	}
	return *at - 1
}

func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendPlace(b []byte, p Place) []byte {
	return appendText(appendText(appendText(b, p.Country), p.CountryName), p.Type)
}

func (r *reader) place() Place { return Place{r.text(), r.text(), r.text()} }

func appendTariff(b []byte, t tariff) []byte {
	b = appendText(appendText(appendText(b, t.price1), t.priceN), t.sms)
	return binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, t.interval1), t.intervalN), t.capacity)
}

func (r *reader) tariff() tariff {
	return tariff{r.text(), r.text(), r.text(), r.varint(), r.varint(), r.varint()}
}

// appendWords writes a dictionary so that each of its values is read without
// the others: how many there are, how long all are, where each ends, and they.
func appendWords[K any](b []byte, keys []K, each func([]byte, K) []byte) []byte {
	var data []byte
	ends := make([]byte, 0, 4*len(keys))
	for _, k := range keys {
		data = each(data, k)
		ends = binary.LittleEndian.AppendUint32(ends, uint32(len(data))) //nolint:gosec // 32,000 texts of a bounded length
	}
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(len(keys))), uint64(len(data)))
	return append(append(b, ends...), data...)
}

// words is a dictionary as it is written.
type words struct {
	count      int
	ends, data []byte
}

func (r *reader) words() words {
	n, size := r.count(), r.count()
	return words{n, r.bytes(4 * n), r.bytes(size)}
}

// at returns the value at i, which must not be changed.
func (w *words) at(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = binary.LittleEndian.Uint32(w.ends[4*i-4:])
	}
	return w.data[from:binary.LittleEndian.Uint32(w.ends[4*i:])]
}

func (w *words) text(i int) string { return string(w.at(i)) }

// keys returns all values.
func keys[K any](w *words, of func(*reader) K) []K {
	out := make([]K, w.count)
	for i := range out {
		out[i] = of(&reader{b: w.at(i)})
	}
	return out
}

func (r *reader) rest() string { return string(r.b) }

// reader takes a value apart. After a failure all that it returns is empty.
type reader struct {
	b      []byte
	failed bool
}

// unseal begins with a value of a cell, and returns how many rows it has.
func unseal(b []byte) (*reader, int) {
	r := &reader{b: b}
	if len(b) < 6 || b[0] != layout || binary.LittleEndian.Uint32(b[len(b)-4:]) != crc32.Checksum(b[:len(b)-4], castagnoli) {
		r.failed = true
		return r, 0
	}
	r.b = b[1 : len(b)-4]
	return r, r.count()
}

// count reads how many of something follow: never more than there are bytes.
func (r *reader) count() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(n) //nolint:gosec // it was compared with a length
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) text() string { return string(r.bytes(r.count())) }

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}
