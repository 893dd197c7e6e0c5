package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
)

// sealVersion is the first byte of everything sealed: AES-256-GCM, a random
// nonce of 96 bits, the tag at the end. Another scheme gets another byte.
const sealVersion = 1

// The purposes for which keys are derived from the master key. They are part of
// what is stored: changing one makes every sealed value unreadable.
const (
	purposeSeal  = "rollcall seal v1"
	purposeCheck = "rollcall key check v1"
	purposeErase = "rollcall erasure v1"
)

// Sealer seals what the database holds in secret, with keys derived from the
// master key (HKDF-SHA-256, RFC 5869). It is safe for concurrent use.
type Sealer struct {
	aead    cipher.AEAD
	check   []byte
	erasure []byte
}

// NewSealer makes a sealer of a master key of [MasterKeySize] bytes.
func NewSealer(masterKey []byte) (*Sealer, error) {
	if len(masterKey) != MasterKeySize {
		return nil, fmt.Errorf("auth: the master key has %d bytes, not %d", len(masterKey), MasterKeySize)
	}
	sealKey, err := hkdf.Key(sha256.New, masterKey, nil, purposeSeal, 32)
	if err != nil {
		return nil, err
	}
	check, err := hkdf.Key(sha256.New, masterKey, nil, purposeCheck, 32)
	if err != nil {
		return nil, err
	}
	erasure, err := hkdf.Key(sha256.New, masterKey, nil, purposeErase, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead, check: check, erasure: erasure}, nil
}

// Seal encrypts and authenticates plain. The context says what it is and whose;
// it is not stored, and [Sealer.Open] must be told the same, so that nobody who
// can write to the database can pass one app's secret off as another's. The
// result is 29 bytes longer than plain and different each time. One master key
// is good for 2³² sealed values.
func (s *Sealer) Seal(plain []byte, context string) []byte {
	return s.aead.Seal([]byte{sealVersion}, nil, plain, []byte(context))
}

// Open gives back what Seal was given. The error says only that it cannot: the
// bytes were changed, the context is another, or so is the master key.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errors.New("auth: the sealed value has an unknown version")
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], []byte(context))
	if err != nil {
		return nil, errors.New("auth: the sealed value cannot be opened: it was changed, belongs to something else, or was sealed with another master key")
	}
	return plain, nil
}

// ErasureKey gives the key, 32 bytes, by which the numbers of erased persons are hashed.
// With another master key it is another, and what was hashed before matches nothing.
func (s *Sealer) ErasureKey() []byte { return append([]byte(nil), s.erasure...) }

// KeyCheck gives a value, 32 bytes and always the same for one master key, that
// the store keeps to recognise the key. It is derived one way beside the sealing
// key, so it helps nobody who steals the database.
func (s *Sealer) KeyCheck() []byte { return append([]byte(nil), s.check...) }

// VerifyKeyCheck holds the value that the store kept against the present master
// key. Its error ([rollcall.CodeInvalid]) tells the operator what to mend: to be
// called at start, before a secret that cannot be opened turns into a failed call.
func (s *Sealer) VerifyKeyCheck(kept []byte) error {
	if subtle.ConstantTimeCompare(kept, s.check) == 1 {
		return nil
	}
	return masterKeyError("This is not the master key that the database was made with; set ROLLCALL_MASTER_KEY to that key, or restore its master.key file from your backup.", nil)
}
