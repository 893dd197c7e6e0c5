package auth

import (
	"crypto/sha256"
	"sync"
)

// maxTokens bounds the verified tokens kept in memory, over all shards. An entry
// takes about 300 bytes beside the app that it points to.
const maxTokens = 10_000

// tokenShards spreads the tokens over locks of their own, so that connections on
// many cores do not queue for one. A power of two.
const tokenShards = 32

// tokenSum is the SHA-256 of a token's text: what is kept cannot be replayed by
// whoever reads the memory.
type tokenSum [sha256.Size]byte

// verifiedToken is a token that was proven, and what must be checked at each use.
type verifiedToken struct {
	identity Identity
	lifetime lifetime
}

// tokenCache keeps verified tokens. It is safe for concurrent use.
type tokenCache struct {
	shards [tokenShards]bounded[tokenSum, *verifiedToken]
}

func newTokenCache() *tokenCache {
	c := &tokenCache{}
	for i := range c.shards {
		c.shards[i].limit = maxTokens / tokenShards
	}
	return c
}

// shard picks by the first byte: a hash is spread evenly already.
func (c *tokenCache) shard(sum tokenSum) *bounded[tokenSum, *verifiedToken] {
	return &c.shards[sum[0]%tokenShards]
}

func (c *tokenCache) get(sum tokenSum) (*verifiedToken, bool) { return c.shard(sum).get(sum) }
func (c *tokenCache) put(sum tokenSum, token *verifiedToken)  { c.shard(sum).put(sum, token) }
func (c *tokenCache) drop(sum tokenSum)                       { c.shard(sum).drop(sum) }

// bounded is a map that forgets one of its entries, whichever the runtime's
// random order gives, when it is full. That costs nothing at each use, unlike
// the lists of an LRU, and needs no sweeper: what has expired dies when it is
// asked for or makes room.
type bounded[K comparable, V any] struct {
	mu      sync.RWMutex
	limit   int
	entries map[K]V
}

func (b *bounded[K, V]) get(key K) (V, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	value, ok := b.entries[key]
	return value, ok
}

func (b *bounded[K, V]) put(key K, value V) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries == nil {
		b.entries = map[K]V{}
	}
	if _, there := b.entries[key]; !there && len(b.entries) >= b.limit {
		for victim := range b.entries {
			delete(b.entries, victim)
			break
		}
	}
	b.entries[key] = value
}

func (b *bounded[K, V]) drop(key K) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.entries, key)
}
