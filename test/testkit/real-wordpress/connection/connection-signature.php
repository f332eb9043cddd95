<?php
/**
 * Plugin Name: Connection, who signed
 * Description: Checks the signature of a request as a connected site does (protocol reference 2.3), and lets a signed REST call act as its user.
 */
namespace Connection;

/** The tokens of this site: array( 'blog' => 'key.secret', 'users' => array( 1 => 'key.secret.1' ) ). */
function tokens() {
	return get_option( 'connection_tokens', array( 'blog' => '', 'users' => array() ) );
}

/** Who signed: array( 'kind' => 'nobody' | 'site' | 'user' | 'refused', 'user' => id, 'code' => why not ). */
function signer() {
	static $found = null;
	if ( null === $found ) {
		$found = check_signature();
	}
	return $found;
}

function refused( $code ) {
	return array( 'kind' => 'refused', 'user' => 0, 'code' => $code );
}

function check_signature() {
	parse_str( isset( $_SERVER['QUERY_STRING'] ) ? $_SERVER['QUERY_STRING'] : '', $query );
	$field = function ( $name ) use ( $query ) {
		return isset( $query[ $name ] ) && is_string( $query[ $name ] ) ? $query[ $name ] : '';
	};
	if ( ! isset( $query['token'] ) || '' === $field( 'signature' ) ) {
		return array( 'kind' => 'nobody', 'user' => 0, 'code' => '' );
	}
	$parts = explode( ':', $field( 'token' ) );
	if ( 3 !== count( $parts ) || '' === $parts[0] || '1' !== $parts[1] ) {
		return refused( 'malformed_token' );
	}
	if ( ! ctype_digit( $parts[2] ) ) {
		return refused( 'malformed_user_id' );
	}
	$user_id = (int) $parts[2];
	if ( 0 !== $user_id && ! get_userdata( $user_id ) ) {
		return refused( 'unknown_user' );
	}
	$tokens = tokens();
	$stored = 0 === $user_id ? $tokens['blog'] : ( isset( $tokens['users'][ $user_id ] ) ? $tokens['users'][ $user_id ] : '' );
	if ( '' === $stored ) {
		return refused( 0 === $user_id ? 'no_possible_tokens' : 'no_token_for_user' );
	}
	$held = explode( '.', $stored );
	if ( 0 !== $user_id && ( ! isset( $held[2] ) || (string) $user_id !== $held[2] ) ) {
		return refused( 'user_id_mismatch' );
	}
	if ( $held[0] !== $parts[0] ) {
		return refused( 0 === $user_id ? 'no_valid_blog_token' : 'no_valid_user_token' );
	}
	$timestamp = $field( 'timestamp' );
	$nonce     = $field( 'nonce' );
	if ( ! preg_match( '/^\d{1,10}$/', $timestamp ) || '' === $nonce ) {
		return refused( 'invalid_signature' );
	}
	$body = file_get_contents( 'php://input' );
	$hash = '' === $body ? '' : base64_encode( sha1( $body, true ) );
	if ( $field( 'body-hash' ) !== $hash ) {
		return refused( 'invalid_body_hash' );
	}
	if ( (int) $timestamp < time() - 600 || (int) $timestamp > time() + 300 ) {
		return refused( 'invalid_signature' );
	}
	if ( ! preg_match( '/^[A-Za-z0-9]{1,12}$/', $nonce ) || ! add_option( "connection_nonce_{$timestamp}_{$nonce}", time(), '', 'no' ) ) {
		return refused( 'invalid_nonce' );
	}
	$right = base64_encode( hash_hmac( 'sha1', canonical( $field( 'token' ), $timestamp, $nonce, $hash ), $held[1], true ) );
	if ( ! hash_equals( $right, $field( 'signature' ) ) ) {
		return refused( 'signature_mismatch' );
	}
	return array( 'kind' => 0 === $user_id ? 'site' : 'user', 'user' => $user_id, 'code' => '' );
}

function canonical( $token, $timestamp, $nonce, $hash ) {
	// Cleaned as WordPress cleans a URL, before it is taken apart.
	$url   = esc_url_raw( 'http://' . $_SERVER['HTTP_HOST'] . $_SERVER['REQUEST_URI'] );
	$rest  = preg_replace( '~^http://[^/?]*~', '', $url );
	$place = strpos( $rest, '?' );
	$path  = false === $place ? $rest : substr( $rest, 0, $place );
	$port  = (int) $_SERVER['SERVER_PORT'];
	$lines = array( $token, $timestamp, $nonce, $hash, strtoupper( $_SERVER['REQUEST_METHOD'] ), strtolower( $_SERVER['HTTP_HOST'] ), (string) $port, $path );
	return implode( "\n", array_merge( $lines, pairs( false === $place ? '' : substr( $rest, $place + 1 ) ) ) ) . "\n";
}

/** Scalars in byte order, then every list as one group, the smaller groups first. */
function pairs( $query_string ) {
	parse_str( $query_string, $query );
	unset( $query['signature'] );
	$scalars = array();
	$groups  = array();
	foreach ( $query as $name => $value ) {
		if ( is_array( $value ) ) {
			$group = nested( rawurlencode( $name ), $value );
			sort( $group, SORT_STRING );
			$groups[] = $group;
		} else {
			$scalars[] = rawurlencode( $name ) . '=' . rawurlencode( $value );
		}
	}
	sort( $scalars, SORT_STRING );
	usort(
		$groups,
		function ( $one, $other ) {
			return count( $one ) - count( $other ) ?: strcmp( implode( "\n", $one ), implode( "\n", $other ) );
		}
	);
	return array_merge( $scalars, ...$groups );
}

function nested( $prefix, $values ) {
	$found = array();
	foreach ( $values as $name => $value ) {
		$found = array_merge( $found, is_array( $value ) ? nested( "{$prefix}[{$name}]", $value ) : array( "{$prefix}[{$name}]=" . rawurlencode( $value ) ) );
	}
	return $found;
}

add_filter(
	'determine_current_user',
	function ( $user_id ) {
		if ( $user_id || ! isset( $_GET['_for'] ) || 'jetpack' !== $_GET['_for'] ) {
			return $user_id;
		}
		$by = signer();
		return 'user' === $by['kind'] ? $by['user'] : $user_id;
	},
	15
);

add_filter(
	'rest_authentication_errors',
	function ( $result ) {
		if ( ! empty( $result ) || ! isset( $_GET['_for'] ) || 'jetpack' !== $_GET['_for'] || ! isset( $_GET['token'] ) ) {
			return $result;
		}
		$method = $_SERVER['REQUEST_METHOD'];
		if ( ! in_array( $method, array( 'GET', 'POST' ), true ) || ( 'GET' === $method && '' !== file_get_contents( 'php://input' ) ) ) {
			return new \WP_Error( 'rest_invalid_request', 'This request cannot be signed.', array( 'status' => 400 ) );
		}
		$by = signer();
		return 'refused' === $by['kind'] ? new \WP_Error( 'rest_invalid_signature', "The signature is not valid ({$by['code']}).", array( 'status' => 400 ) ) : ( 'nobody' === $by['kind'] ? $result : true );
	}
);
