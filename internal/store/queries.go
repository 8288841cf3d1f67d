package store

// Every query runs on SQLite and PostgreSQL alike, and finds its rows by an
// index.
const (
	versionQuery = `SELECT COALESCE(MAX(version_id), 0) FROM ` + versions
	headQuery    = `SELECT COALESCE(MAX(seq), 0) FROM audit`

	insertKey = `INSERT INTO meta (name, value) VALUES ('key', $1) ON CONFLICT (name) DO NOTHING`
	selectKey = `SELECT value FROM meta WHERE name = 'key'`
)

// Orders.
const (
	insertOrder = `INSERT INTO orders
	(id, rev, exchange, kind, state, requester, request_key, created_us, due_us, entry_seq, entry_hash, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`
	updateOrder = `UPDATE orders SET rev = rev + 1, exchange = $3, kind = $4, state = $5, requester = $6,
	request_key = $7, created_us = $8, due_us = $9, entry_seq = $10, entry_hash = $11, body = $12
	WHERE id = $1 AND rev = $2`

	selectOrder = `SELECT rev, body FROM orders WHERE id = $1`

	ordersOf          = `SELECT id, rev, body FROM orders WHERE exchange = $1`
	latestFirst       = ` ORDER BY created_us DESC, id DESC`
	ordersLatest      = ordersOf + latestFirst + ` LIMIT $2`
	ordersByRequester = ordersOf + ` AND requester = $3` + latestFirst + ` LIMIT $2`
	ordersByState     = ordersOf + ` AND state = $3` + latestFirst + ` LIMIT $2`
	ordersByBoth      = ordersOf + ` AND requester = $3 AND state = $4` + latestFirst + ` LIMIT $2`
	ordersByKey       = ordersOf + ` AND request_key = $2` + latestFirst
	ordersToLook      = ordersOf + ` AND id IN
	(SELECT order_id FROM lines WHERE exchange = $1 AND look_us > $2 AND look_us > 0)`

	countOpen = `SELECT COUNT(*) FROM orders
	WHERE exchange = $1 AND requester = $2 AND state IN ('pending', 'executing')`
	selectDue = `SELECT id FROM orders
	WHERE exchange = $1 AND due_us > 0 AND due_us <= $2 ORDER BY created_us, id`
	selectNextDue = `SELECT due_us FROM orders
	WHERE exchange = $1 AND due_us > 0 ORDER BY due_us LIMIT 1`
	countStates  = `SELECT state, COUNT(*), MIN(created_us) FROM orders WHERE exchange = $1 GROUP BY state`
	selectExpiry = `SELECT COALESCE(MIN(due_us), 0) FROM orders
	WHERE exchange = $1 AND state = 'pending' AND due_us > 0`
	countDue = `SELECT COUNT(*), COALESCE(MIN(due_us), 0) FROM orders
	WHERE exchange = $1 AND due_us > 0 AND due_us <= $2`
	selectLasts = `SELECT id, entry_seq, entry_hash FROM orders ORDER BY id`
)

// Lines of orders.
const (
	upsertLine = `INSERT INTO lines
	(order_id, n, exchange, number, state, holds, reserved, kind, day, due, dialog, look_us)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (order_id, n) DO UPDATE SET exchange = excluded.exchange, number = excluded.number,
	state = excluded.state, holds = excluded.holds, reserved = excluded.reserved, kind = excluded.kind,
	day = excluded.day, due = excluded.due, dialog = excluded.dialog, look_us = excluded.look_us`
	selectHolder = `SELECT order_id FROM lines WHERE exchange = $1 AND number = $2 AND holds = 1`
	selectDone   = `SELECT 1 FROM lines JOIN orders ON id = order_id
	WHERE lines.exchange = $1 AND number = $2 AND lines.state IN ('done', 'unknown')
	AND order_id <> $3 AND created_us >= $4 LIMIT 1`
	selectDay = `SELECT kind, due, dialog FROM lines
	WHERE exchange = $1 AND day = $2 AND reserved = 1 ORDER BY order_id, n`
)

// The audit trail.
const (
	insertEntry   = `INSERT INTO audit (seq, entry, hash) VALUES ($1, $2, $3)`
	selectLast    = `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`
	selectEntries = `SELECT seq, entry, hash FROM audit ORDER BY seq`
	selectSince   = `SELECT seq, entry, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2`
)

// Cards and marks.
const (
	selectBehind = `SELECT o.id, COALESCE(c.place, ''), COALESCE(c.message, ''), COALESCE(c.shown, 0)
	FROM orders o LEFT JOIN cards c ON c.order_id = o.id
	WHERE o.exchange = $1 AND (c.shown < o.entry_seq
		OR c.shown IS NULL AND o.state IN ('pending', 'executing', 'unknown'))
	ORDER BY o.entry_seq LIMIT $2`
	upsertCard = `INSERT INTO cards (order_id, place, message, shown) VALUES ($1, $2, $3, $4)
	ON CONFLICT (order_id) DO UPDATE SET place = excluded.place, message = excluded.message, shown = excluded.shown`
	selectMark = `SELECT seq FROM marks WHERE reader = $1`
	upsertMark = `INSERT INTO marks (reader, seq) VALUES ($1, $2)
	ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq`
)

// Leases and invitations.
const (
	takeLease = `INSERT INTO leases (name, holder, until_us) VALUES ($1, $2, $3)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
	WHERE leases.until_us <= $4 OR leases.holder = excluded.holder RETURNING holder`
	dropLease = `DELETE FROM leases WHERE name = $1 AND holder = $2`

	insertInvitation = `INSERT INTO invitations (hash, order_id, principal, call, expires_us, used)
	VALUES ($1, $2, $3, $4, $5, $6)`
	selectInvitation = `SELECT order_id, principal, call, expires_us, used FROM invitations WHERE hash = $1`
	useInvitation    = `UPDATE invitations SET used = 1 WHERE hash = $1`
	dropInvitations  = `DELETE FROM invitations WHERE expires_us < $1`
)
