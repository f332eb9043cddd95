<?php
/**
 * Plugin Name: Connection, calls
 * Description: The methods of a connected site's XML-RPC endpoint that plugins and themes are looked after with (protocol reference 6.4 and 6.5).
 */
namespace Connection;

add_filter(
	'xmlrpc_methods',
	function ( $methods ) {
		if ( ! isset( $_GET['for'] ) || 'jetpack' !== $_GET['for'] ) {
			return $methods;
		}
		// A bad signature is none: what an unsigned caller may call is not needed here.
		return in_array( signer()['kind'], array( 'site', 'user' ), true )
			? array( 'jetpack.testConnection' => 'Connection\test_connection' ) + ( get_option( 'connection_standalone' ) ? array() : array( 'jetpack.jsonAPI' => 'Connection\json_api' ) )
			: array();
	}
);

function test_connection() {
	return '16.1.2';
}

/** Runs one call of the JSON API and signs what it answers; false when the user may not act. */
function json_api( $args ) {
	list( $request, $verify )    = array_pad( (array) $args, 2, null );
	list( $method, $url, $body ) = array_pad( (array) $request, 3, '' );
	$tokens                      = tokens();
	if ( is_array( $verify ) && isset( $verify[1] ) && 'internal' === $verify[0] ) {
		$user_id = (int) $verify[1];
		$token   = isset( $tokens['users'][ $user_id ] ) ? implode( '.', array_slice( explode( '.', $tokens['users'][ $user_id ] ), 0, 2 ) ) : '';
		wp_set_current_user( $user_id );
	} else {
		$token = false === $verify ? $tokens['blog'] : '';
		wp_set_current_user( 0 );
	}
	if ( '' === $token ) {
		return false;
	}
	$decoded = is_string( $body ) && '' !== $body ? ( '{' === $body[0] ? json_decode( $body, true ) : wp_parse_args( $body ) ) : array();
	ob_start();
	try {
		$answer = preg_match( '~^https?://[^/]+/rest/v(1(?:\.[0-3])?)/sites/[^/]+(/[^?]*)?(?:\?.*)?$~', (string) $url, $match )
			? answer( strtoupper( (string) $method ), rtrim( isset( $match[2] ) ? $match[2] : '', '/' ), is_array( $decoded ) ? $decoded : array() )
			: null;
	} catch ( Refusal $refusal ) {
		$answer = array( $refusal->status, array( 'error' => $refusal->name, 'message' => $refusal->getMessage() ) );
	}
	ob_end_clean();
	list( $status, $said ) = null === $answer ? array( 404, '' ) : $answer;
	status_header( $status );
	$text  = '' === $said ? '' : wp_json_encode( $said );
	$nonce = wp_generate_password( 10, false );
	return array( $text, $nonce, hash_hmac( 'md5', $nonce . $text, $token ) );
}

/** What an endpoint refuses: its status, its word, and a text. */
class Refusal extends \Exception {
	public $status;
	public $name;

	public function __construct( $status, $name, $message ) {
		parent::__construct( $message );
		$this->status = $status;
		$this->name   = $name;
	}
}

/** What WordPress itself refused, in its own word. */
function refuse_error( $error, $otherwise ) {
	if ( is_wp_error( $error ) && $error->has_errors() ) {
		throw new Refusal( 400, (string) $error->get_error_code(), wp_strip_all_tags( $error->get_error_message() ) );
	}
	throw new Refusal( 400, $otherwise, 'WordPress did not say why.' );
}

/** The site itself is not asked for capabilities. */
function needs( $capability ) {
	if ( 0 !== get_current_user_id() && ! current_user_can( $capability ) ) {
		throw new Refusal( 403, 'unauthorized', 'This user is not authorized to do that on this blog.' );
	}
}

function needs_user( $capability ) {
	if ( ! current_user_can( $capability ) ) {
		throw new Refusal( 403, 'unauthorized', 'This needs a user who may do it.' );
	}
}

/** Without direct access to its files WordPress would ask a person for a password. */
function needs_files() {
	if ( ! wp_is_file_mod_allowed( 'connection' ) ) {
		throw new Refusal( 403, 'unauthorized', 'The files of this site are not to be changed.' );
	}
	if ( 'direct' !== get_filesystem_method( array(), WP_CONTENT_DIR ) ) {
		throw new Refusal( 400, 'fs_unavailable', 'Could not access filesystem.' );
	}
}
