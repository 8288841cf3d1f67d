package market

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"didops/internal/money"
)

// layout is the first byte of both values of a cell.
const layout = 3

// errCorrupt is the error of a value that is not what was written.
var errCorrupt = errors.New("a part of the memory of the market is damaged")

// errNewer is the error of a value that a newer program wrote. It is left alone.
var errNewer = errors.New("a part of the memory of the market was written by a newer didops")

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
	for n, i := range at {
		if t.flags[i]&(flagAstray|flagMissed) == 0 {
			continue
		}
		a := t.absence(i)
		hot = binary.AppendVarint(binary.AppendUvarint(hot, uint64(n)), t.seen[i])
		hot = binary.AppendVarint(binary.AppendVarint(hot, a.at), a.ended)
	}
	return seal(hot), seal(t.encodeCold(at))
}

// hotRow is how many bytes of a row are in the hot value.
const hotRow = 8 + 2 + 6*2

func (t *table) encodeCold(at []int) []byte {
	cold := binary.AppendUvarint(append(make([]byte, 0, len(at)*coldRow+64), layout), uint64(len(at)))
	for _, column := range [...][]int64{t.seen, t.stay} {
		cold = appendTimes(cold, column, at)
	}
	for _, i := range at {
		cold = binary.LittleEndian.AppendUint64(cold, t.ids[i])
	}
	return cold
}

// coldRow is how many bytes of a row are in the cold value.
const coldRow = 8 + 2*2

// appendTimes writes a column that has few values: these, and which of them
// each row has.
func appendTimes(b []byte, column []int64, at []int) []byte {
	var times dict[int64]
	rows := make([]byte, 0, 2*len(at))
	var last int64
	var n uint32
	for k, i := range at {
		if k == 0 || column[i] != last { // neighbours are often of one reading
			last, n = column[i], times.of(column[i])
		}
		rows = binary.LittleEndian.AppendUint16(rows, uint16(n))
	}
	b = binary.AppendUvarint(b, uint64(len(times.keys)))
	for _, t := range times.keys {
		b = binary.AppendVarint(b, t)
	}
	return append(b, rows...)
}

// times is a column that appendTimes wrote.
type times struct {
	values []int64
	rows   []byte
}

func (r *reader) times(rows int) times {
	t := times{values: make([]int64, r.count())}
	for i := range t.values {
		t.values[i] = r.varint()
	}
	t.rows = r.bytes(2 * rows)
	return t
}

func (t *times) at(i int) int64 { return t.values[binary.LittleEndian.Uint16(t.rows[2*i:])] }

// compacted are the values that some rows use, amounts in their order, and the
// columns that point at them.
type compacted struct {
	dicts
	columns [6][]uint16 // monthly, setup, seller, text, place, tariff
}

func compact(t *table, at []int) *compacted {
	w := &compacted{}
	var amounts []uint32
	w.amounts.keys, amounts = sortedAmounts(t, at)
	w.columns[colMonthly], w.columns[colSetup] = renumbered(t.monthly, at, amounts), renumbered(t.setup, at, amounts)
	w.sellers.keys, w.columns[colSeller] = used(t.sellers.keys, t.seller, at)
	w.texts.keys, w.columns[colText] = used(t.texts.keys, t.text, at)
	w.places.keys, w.columns[colPlace] = used(t.places.keys, t.place, at)
	w.tariffs.keys, w.columns[colTariff] = used(t.tariffs.keys, t.tariffOf, at)
	return w
}

// used returns the values that some rows of a column use, in the order in which
// they are in, and the column that points at them. Values keep their numbers
// where all are used.
func used[K comparable](keys []K, column []uint32, at []int) ([]K, []uint16) {
	number := make([]uint32, len(keys))
	for _, i := range at {
		number[column[i]] = 1
	}
	list := make([]K, 0, len(keys))
	for k, is := range number {
		if is != 0 {
			number[k] = uint32(len(list)) //nolint:gosec // there are no more values than rows
			list = append(list, keys[k])
		}
	}
	return list, renumbered(column, at, number)
}

func renumbered(column []uint32, at []int, number []uint32) []uint16 {
	list := make([]uint16, len(at))
	for n, i := range at {
		list[n] = uint16(number[column[i]]) //nolint:gosec // a cell has no more rows than that
	}
	return list
}

// sortedAmounts returns the amounts of some rows, the lowest first, and which
// place each amount of t has among them.
func sortedAmounts(t *table, at []int) ([]string, []uint32) {
	number := make([]uint32, len(t.amounts.keys))
	for _, i := range at {
		number[t.monthly[i]], number[t.setup[i]] = 1, 1
	}
	type priced struct {
		key int
		is  money.Amount
	}
	list := make([]priced, 0, len(number))
	for k, is := range number {
		if is != 0 {
			list = append(list, priced{k, amount(t.amounts.keys[k])})
		}
	}
	slices.SortFunc(list, func(a, b priced) int { return a.is.Cmp(b.is) })
	texts := make([]string, len(list))
	for n, p := range list {
		texts[n] = t.amounts.keys[p.key]
		number[p.key] = uint32(n)
	}
	return texts, number
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
	newer  bool // the value is whole, and of a layout that is not known yet
}

// fault is why a value could not be taken apart.
func (r *reader) fault() error {
	if r.newer {
		return errNewer
	}
	return errCorrupt
}

// unseal begins with a value of a cell, and returns how many rows it has.
func unseal(b []byte) (*reader, int) {
	r := &reader{b: b}
	whole := len(b) >= 6 && binary.LittleEndian.Uint32(b[len(b)-4:]) == crc32.Checksum(b[:len(b)-4], castagnoli)
	if !whole || b[0] != layout {
		*r = reader{failed: true, newer: whole && b[0] > layout}
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

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}
