<?php
/**
 * Plugin Name: Connection, plugins and themes
 * Description: The endpoints of the JSON API for plugins, themes, translations and WordPress itself, each carried out by WordPress's own functions.
 */
namespace Connection;

/** The answer of an endpoint as array( status, body ); null when there is none of that name. */
function answer( $method, $path, $body ) {
	foreach ( array( 'file', 'plugin', 'theme', 'misc', 'update', 'class-wp-upgrader' ) as $name ) {
		require_once ABSPATH . "wp-admin/includes/{$name}.php";
	}
	$is_post = 'POST' === $method;
	$steps   = array_map( 'rawurldecode', array_slice( explode( '/', $path ), 1 ) );
	$route   = implode( ' ', array( $steps[0] ?? '', count( $steps ) ) );
	switch ( $route ) {
		case 'plugins 1':
			needs( 'activate_plugins' );
			return $is_post ? null : ok( array( 'plugins' => array_map( 'Connection\plugin_words', array_keys( get_plugins() ) ) ) );
		case 'plugins 2':
			return $is_post && in_array( $steps[1], array( 'new', 'replace' ), true ) ? plugin_zip( $steps[1], $body ) : plugin( $is_post, $steps[1], null, $body );
		case 'plugins 3':
			return $is_post ? plugin( true, $steps[1], $steps[2], $body ) : null;
		case 'themes 1':
			needs( 'switch_themes' );
			return $is_post ? null : ok( array( 'themes' => array_map( 'Connection\theme_words', array_keys( wp_get_themes() ) ) ) );
		case 'themes 2':
			return $is_post && in_array( $steps[1], array( 'new', 'replace' ), true ) ? theme_zip( $steps[1], $body ) : theme( $is_post, $steps[1], null, $body );
		case 'themes 3':
			return $is_post ? theme( true, $steps[1], $steps[2], $body ) : null;
		case 'updates 1':
			needs_user( 'manage_options' );
			$counts = wp_get_update_data()['counts'];
			return ok( array( 'plugins' => $counts['plugins'], 'themes' => $counts['themes'], 'wordpress' => $counts['wordpress'], 'translations' => $counts['translations'], 'total' => $counts['total'] ) );
		case 'core 1':
			needs_user( 'manage_options' );
			if ( isset( $body['autoupdate'] ) ) {
				update_site_option( 'auto_update_core_major', $body['autoupdate'] ? 'enabled' : 'disabled' );
			}
			// Its version is that of the API.
			return ok( array( 'version' => '1.1', 'autoupdate' => 'enabled' === get_site_option( 'auto_update_core_major' ) ) );
		case 'translations 1':
			needs_user( 'manage_options' );
			if ( isset( $body['autoupdate'] ) ) {
				update_option( 'connection_autoupdate_translations', (bool) $body['autoupdate'] );
			}
			return ok( array( 'autoupdate' => (bool) get_option( 'connection_autoupdate_translations' ) ) );
		case 'translations 2':
			needs_user( 'update_core' );
			needs_files();
			return 'update' === $steps[1] ? ok( array( 'log' => (array) ( new \Language_Pack_Upgrader( new \WP_Ajax_Upgrader_Skin() ) )->bulk_upgrade() ) ) : null;
		default:
			return null;
	}
}

function ok( $said ) {
	return array( 200, $said );
}

function plugin_words( $file, $log = array() ) {
	$headers = get_plugins()[ $file ];
	$id      = preg_replace( '/\.php$/', '', $file );
	$offers  = get_site_transient( 'update_plugins' );
	$offer   = isset( $offers->response[ $file ] ) ? array( 'update' => array( 'slug' => $offers->response[ $file ]->slug, 'new_version' => $offers->response[ $file ]->new_version ) ) : array();
	return array(
		'id' => $id, 'slug' => explode( '/', $id )[0], 'name' => $headers['Name'], 'version' => $headers['Version'], 'active' => is_plugin_active( $file ), 'network' => (bool) $headers['Network'],
		'description' => $headers['Description'], 'author' => $headers['Author'], 'author_url' => $headers['AuthorURI'], 'plugin_url' => $headers['PluginURI'],
		'autoupdate' => in_array( $file, (array) get_site_option( 'auto_update_plugins', array() ), true ), 'autoupdate_translation' => false,
		'uninstallable' => is_uninstallable_plugin( $file ), 'action_links' => array(), 'log' => $log,
	) + $offer;
}

function plugin( $is_post, $id, $verb, $body ) {
	$capabilities = array( 'install' => 'install_plugins', 'delete' => 'delete_plugins' );
	needs( isset( $capabilities[ $verb ] ) ? $capabilities[ $verb ] : 'activate_plugins' );
	if ( 'install' === $verb ) {
		needs_files();
		return ok( plugin_words( install_from_directory( 'plugin', $id ) ) );
	}
	$file = "{$id}.php";
	if ( ! isset( get_plugins()[ $file ] ) ) {
		throw new Refusal( 404, 'unknown_plugin', 'Plugin could not be found.' );
	}
	switch ( null !== $verb ? $verb : ( isset( $body['action'] ) ? $body['action'] : '' ) ) {
		case 'update':
			needs( 'update_plugins' );
			needs_files();
			$offers = get_site_transient( 'update_plugins' );
			if ( ! isset( $offers->response[ $file ] ) ) {
				return ok( plugin_words( $file, array( 'No update needed' ) ) );
			}
			$skin   = new \WP_Ajax_Upgrader_Skin();
			$result = ( new \Plugin_Upgrader( $skin ) )->bulk_upgrade( array( $file ) );
			if ( ! is_array( $result ) || empty( $result[ $file ] ) || is_wp_error( $result[ $file ] ) ) {
				refuse_error( is_array( $result ) && is_wp_error( $result[ $file ] ) ? $result[ $file ] : $skin->get_errors(), 'update_fail' );
			}
			wp_clean_plugins_cache( false );
			return ok( plugin_words( $file, array( 'Plugin updated successfully.' ) ) );
		case 'delete':
			needs_files();
			if ( is_plugin_active( $file ) ) {
				throw new Refusal( 400, 'delete_plugin_error', 'You cannot delete a plugin while it is active on the main site.' );
			}
			$words = plugin_words( $file );
			$done  = delete_plugins( array( $file ) );
			return true === $done ? ok( $words ) : refuse_error( $done, 'delete_plugin_error' );
		case '':
			break;
		default:
			return null;
	}
	if ( $is_post && isset( $body['active'] ) ) {
		$done = $body['active'] ? activate_plugin( $file, '', ! empty( $body['network_wide'] ) ) : deactivate_plugins( $file );
		if ( is_wp_error( $done ) ) {
			refuse_error( $done, 'activation_error' );
		}
	}
	if ( $is_post && isset( $body['autoupdate'] ) ) {
		set_auto_update( 'auto_update_plugins', $file, $body['autoupdate'] );
	}
	return ok( plugin_words( $file ) );
}

function set_auto_update( $option, $name, $wanted ) {
	$others = array_values( array_diff( (array) get_site_option( $option, array() ), array( $name ) ) );
	update_site_option( $option, $wanted ? array_merge( $others, array( $name ) ) : $others );
}

/** Installs what the directory has under a slug; returns the plugin's file or the theme's slug. */
function install_from_directory( $kind, $slug ) {
	require_once ABSPATH . 'wp-admin/includes/plugin-install.php';
	$arguments = array( 'slug' => $slug, 'fields' => array( 'sections' => false ) );
	$found     = 'plugin' === $kind ? plugins_api( 'plugin_information', $arguments ) : themes_api( 'theme_information', $arguments );
	if ( is_wp_error( $found ) ) {
		refuse_error( $found, 'unknown_slug' );
	}
	return install_package( $kind, $found->download_link, false );
}

function install_package( $kind, $package, $may_replace ) {
	$skin     = new \WP_Ajax_Upgrader_Skin();
	$upgrader = 'plugin' === $kind ? new \Plugin_Upgrader( $skin ) : new \Theme_Upgrader( $skin );
	$done     = $upgrader->install( $package, array( 'overwrite_package' => $may_replace ) );
	if ( true !== $done || $skin->get_errors()->has_errors() ) {
		refuse_error( is_wp_error( $done ) ? $done : $skin->get_errors(), 'install_error' );
	}
	wp_clean_plugins_cache( false );
	wp_clean_themes_cache( false );
	return 'plugin' === $kind ? $upgrader->plugin_info() : $upgrader->theme_info()->get_stylesheet();
}

/** The file of a zip that lies among the media. */
function attached_zip( $body ) {
	$id   = isset( $body['zip'][0]['id'] ) ? (int) $body['zip'][0]['id'] : 0;
	$file = 0 === $id ? false : get_attached_file( $id );
	if ( ! $file || ! is_file( $file ) ) {
		throw new Refusal( 400, 'no_files', 'No zip among the media.' );
	}
	return $file;
}

function plugin_zip( $verb, $body ) {
	needs( 'install_plugins' );
	if ( 'replace' === $verb ) {
		needs( 'update_plugins' );
	}
	needs_files();
	return ok( plugin_words( install_package( 'plugin', attached_zip( $body ), 'replace' === $verb ) ) );
}

function theme_words( $slug ) {
	$theme = wp_get_theme( $slug );
	return array(
		'id' => $slug, 'name' => $theme->get( 'Name' ), 'version' => $theme->get( 'Version' ), 'active' => get_stylesheet() === $slug,
		'autoupdate' => in_array( $slug, (array) get_site_option( 'auto_update_themes', array() ), true ),
	);
}

function theme( $is_post, $slug, $verb, $body ) {
	if ( 'mine' === $slug && null === $verb ) {
		if ( ! $is_post ) {
			return ok( theme_words( get_stylesheet() ) );
		}
		needs( 'switch_themes' );
		$wanted = isset( $body['theme'] ) ? (string) $body['theme'] : '';
		if ( '' === $wanted || ! wp_get_theme( $wanted )->exists() ) {
			throw new Refusal( 404, 'unknown_theme', 'Theme not found.' );
		}
		switch_theme( $wanted );
		return ok( theme_words( $wanted ) );
	}
	$capabilities = array( 'install' => 'install_themes', 'delete' => 'delete_themes' );
	needs( isset( $capabilities[ $verb ] ) ? $capabilities[ $verb ] : ( $is_post ? 'update_themes' : 'switch_themes' ) );
	if ( 'install' === $verb ) {
		needs_files();
		if ( wp_get_theme( $slug )->exists() ) {
			throw new Refusal( 400, 'theme_already_installed', 'The theme is already installed.' );
		}
		return ok( theme_words( install_from_directory( 'theme', $slug ) ) );
	}
	if ( ! wp_get_theme( $slug )->exists() ) {
		throw new Refusal( 404, 'unknown_theme', 'Theme not found.' );
	}
	if ( 'delete' === $verb ) {
		needs_files();
		if ( in_array( $slug, array( get_stylesheet(), get_template() ), true ) ) {
			throw new Refusal( 400, 'delete_theme_error', 'The active theme cannot be deleted.' );
		}
		$words = theme_words( $slug );
		$done  = delete_theme( $slug );
		return true === $done ? ok( $words ) : refuse_error( $done, 'delete_theme_error' );
	}
	if ( null !== $verb ) {
		return null;
	}
	if ( isset( $body['action'] ) && 'update' === $body['action'] ) {
		needs_files();
		$skin   = new \WP_Ajax_Upgrader_Skin();
		$result = ( new \Theme_Upgrader( $skin ) )->bulk_upgrade( array( $slug ) );
		if ( ! is_array( $result ) || empty( $result[ $slug ] ) || is_wp_error( $result[ $slug ] ) ) {
			refuse_error( is_array( $result ) && is_wp_error( $result[ $slug ] ) ? $result[ $slug ] : $skin->get_errors(), 'update_fail' );
		}
		wp_clean_themes_cache( false );
	}
	if ( isset( $body['autoupdate'] ) ) {
		set_auto_update( 'auto_update_themes', $slug, $body['autoupdate'] );
	}
	return ok( theme_words( $slug ) );
}

function theme_zip( $verb, $body ) {
	needs( 'install_themes' );
	if ( 'replace' === $verb ) {
		needs( 'update_themes' );
	}
	needs_files();
	return ok( theme_words( install_package( 'theme', attached_zip( $body ), 'replace' === $verb ) ) );
}
